using System.Security.Cryptography;
using System.Text.Json;
using MlOps.Core.Json;
using MlOps.Core.Models;
using MlOps.Data.Native;
using MlOps.Monitoring.Logging;
using MlOps.Storage.Blobs;
using MlOps.Storage.Endpoints;
using MlOps.Storage.Models;

namespace MlOps.Monitoring.Labels;

/// <summary>Takes labels in: all of a request or none. When it answers, they are stored; they find their predictions later.</summary>
public sealed class LabelInbox(IBlobStore blobs, EndpointStore endpoints, MonitoringSettings monitoring, TimeProvider time)
{
    /// <summary>Most problems that one answer names.</summary>
    private const int MostProblems = 20;

    /// <summary>Longest reason of a correction.</summary>
    private const int MostReason = 1000;

    /// <summary>Takes labels that came as JSON objects.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="rows">The labels.</param>
    /// <param name="correction">Who puts labels right with them, and why; <see langword="null"/>: where there is a label, it stands.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="UnknownEndpointException">There is no such endpoint.</exception>
    /// <exception cref="InvalidLabelsException">A label cannot be used; none was taken.</exception>
    /// <exception cref="PackageException">What the model answers cannot be told: its signature is missing, or not what was registered. No label was taken.</exception>
    public async Task<AcceptedLabels> AddAsync(string endpoint, IEnumerable<JsonElement> rows, LabelCorrection? correction, CancellationToken cancellationToken)
    {
        if (correction is { Reason: var reason } && (string.IsNullOrWhiteSpace(reason) || reason.Length > MostReason))
            throw new InvalidLabelsException([$"'reason' is missing or longer than {MostReason} characters: the audit log must say why labels are corrected."]);
        var parser = await ParserOfAsync(endpoint, cancellationToken);
        var (labels, problems) = (new List<LabelRecord>(), new List<string>());
        var place = 0;
        foreach (var row in rows)
        {
            var (label, problem) = parser.Parse(row);
            if (label is not null) labels.Add(label with { CorrectedBy = correction?.By, Reason = correction?.Reason });
            else if (problems.Count < MostProblems) problems.Add($"label {place + 1}: {problem}");
            place++;
        }
        if (problems.Count > 0) throw new InvalidLabelsException(problems);
        if (labels.Count is 0) throw new InvalidLabelsException(["There is no label; send at least one."]);
        return await StoreAsync(endpoint, labels, cancellationToken);
    }

    /// <summary>Takes a file of labels: a table with the columns request, row, label, time and those of the key, or the same as JSON.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="path">A local file.</param>
    /// <param name="format">How it is written.</param>
    /// <param name="correction">Who puts labels right with them, and why; <see langword="null"/>: where there is a label, it stands.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <inheritdoc cref="AddAsync"/>
    public Task<AcceptedLabels> AddFileAsync(string endpoint, string path, LabelFileFormat format, LabelCorrection? correction, CancellationToken cancellationToken)
    {
        try
        {
            return AddAsync(endpoint, [.. Rows(path, format, cancellationToken)], correction, cancellationToken);
        }
        catch (DuckDbException error)
        {
            throw new InvalidLabelsException([$"The file is no {format} that can be read: {error.Message.Split('\n')[0].Replace(path, "it", StringComparison.Ordinal)}"]);
        }
        catch (JsonException error)
        {
            throw new InvalidLabelsException([$"The file is no JSON: {error.Message}"]);
        }
    }

    private static IEnumerable<JsonElement> Rows(string path, LabelFileFormat format, CancellationToken cancellationToken)
    {
        if (format is LabelFileFormat.Json)
        {
            var text = File.ReadAllText(path);
            if (text.AsSpan().TrimStart().StartsWith("["))
                return JsonSerializer.Deserialize<List<JsonElement>>(text, MlOpsJson.Compact)!;
            return text.Split('\n').Where(l => !string.IsNullOrWhiteSpace(l)).Select(l => JsonSerializer.Deserialize<JsonElement>(l, MlOpsJson.Compact));
        }
        using var connection = DuckDbConnection.Open();
        var table = format is LabelFileFormat.Csv ? $"read_csv({Sql.Text(path)}, all_varchar = true, header = true)" : $"read_parquet({Sql.Text(path)})";
        return connection.Rows($"SELECT to_json(t)::VARCHAR FROM {table} t", cancellationToken)
            .Select(r => JsonSerializer.Deserialize<JsonElement>(r.Text(0), MlOpsJson.Compact)).ToList();
    }

    private async Task<LabelParser> ParserOfAsync(string endpoint, CancellationToken cancellationToken)
    {
        if (await endpoints.TryGetAsync(endpoint, cancellationToken) is not { Manifest: var manifest } || manifest.Champion() is not { } variant)
            throw new UnknownEndpointException(endpoint);
        var package = await VerifiedPackage.OpenAsync(blobs, variant, cancellationToken);
        var signature = await package.ReadJsonAsync<ModelSignature>(ModelPackage.Signature, cancellationToken);
        var settings = await monitoring.FindAsync(endpoint, cancellationToken) ?? new EndpointMonitoring { Pipeline = variant.Model };
        var key = settings.Labels.Key.Any(settings.Log.Hide.ContainsKey) ? await HashKeys.GetAsync(blobs, cancellationToken) : [];
        return new LabelParser(signature, settings, key, time.GetUtcNow());
    }

    private async Task<AcceptedLabels> StoreAsync(string endpoint, List<LabelRecord> labels, CancellationToken cancellationToken)
    {
        var lines = new MemoryStream();
        foreach (var label in labels)
        {
            await JsonSerializer.SerializeAsync(lines, label, MlOpsJson.Compact, cancellationToken);
            lines.WriteByte((byte)'\n');
        }
        var content = lines.GetBuffer().AsMemory(0, (int)lines.Length);
        // Two senders may come in the same instant with the same labels: both are kept, the join tells repetitions.
        var name = $"{time.GetUtcNow().UtcDateTime:yyyyMMdd'T'HHmmssfff}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}.jsonl";
        await blobs.TryWriteAsync(PredictionFiles.NewLabelsOf(endpoint) + name, content, WriteCondition.IfAbsent, cancellationToken);
        return new AcceptedLabels(labels.Count);
    }
}

/// <summary>How a file of labels is written.</summary>
public enum LabelFileFormat
{
    /// <summary>One JSON object a line, or one array of them.</summary>
    Json,

    /// <summary>Comma-separated values with a header.</summary>
    Csv,

    /// <summary>Parquet.</summary>
    Parquet,
}

/// <summary>Labels that were taken in.</summary>
/// <param name="Accepted">How many.</param>
public sealed record AcceptedLabels(int Accepted);

/// <summary>Labels cannot be used; none of them was taken.</summary>
public sealed class InvalidLabelsException(IReadOnlyList<string> problems) : Exception($"No label was taken. {string.Join(" ", problems)}")
{
    /// <summary>What is wrong, label by label; the first twenty.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}

/// <summary>There is no endpoint of that name, or nothing has been released to it.</summary>
public sealed class UnknownEndpointException(string endpoint) : Exception($"There is no endpoint '{endpoint}'. GET /api/endpoints lists those there are.");
