using System.Globalization;
using System.Text;
using System.Text.Json;
using MlOps.Core.Json;
using MlOps.Storage.Local;

namespace MlOps.Storage.Audit;

/// <summary>
/// The whole log as one file that proves itself: JSON lines, UTF-8, each ended by a line feed. The first says where the log ends and
/// is signed; then every entry as it is stored, oldest first, and behind an entry its signed checkpoint, where it has one.
/// </summary>
public static class AuditExport
{
    private const string Format = "mlops-audit-1";
    private const string CheckpointStart = "{\"checkpoint\":";

    // An entry is a table document, which is no longer.
    private const int LongestLine = 1024 * 1024;

    /// <summary>Writes a log as it is now.</summary>
    /// <exception cref="InvalidOperationException">The log has no key here to sign with.</exception>
    /// <exception cref="SecretFileException">The key's file cannot be used.</exception>
    public static async Task WriteAsync(AuditLog log, Stream output, DateTimeOffset at, CancellationToken cancellationToken)
    {
        // The end is signed as a checkpoint first, so that what is exported can be held against the log later on.
        var end = await log.CheckpointAsync(cancellationToken);
        var head = end is null ? AuditHead.Nothing : new AuditHead(end.Sequence, end.Hash);
        var checkpoints = (await log.ListCheckpointsAsync(cancellationToken)).Where(c => c.Sequence <= head.Sequence).ToDictionary(c => c.Sequence);
        await using var writer = new StreamWriter(output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\n" };
        await writer.WriteLineAsync(JsonSerializer.Serialize(Header.Sign(head, checkpoints.Count, at, log.Signer), MlOpsJson.Compact));
        long sequence = 0;
        await foreach (var text in log.ReadTextsAsync(head.Sequence, cancellationToken))
        {
            await writer.WriteLineAsync(text.AsMemory(), cancellationToken);
            if (checkpoints.TryGetValue(++sequence, out var checkpoint)) await writer.WriteLineAsync(JsonSerializer.Serialize(new Signed(checkpoint), MlOpsJson.Compact));
        }
    }

    /// <summary>Checks an exported log: every byte of it must be as it was written.</summary>
    /// <param name="input">The file.</param>
    /// <param name="trusted">
    /// The key that must have signed it. <see langword="null"/>: the one that the file names, which proves only that whoever wrote it had
    /// that key; its fingerprint is in the result.
    /// </param>
    /// <param name="cancellationToken">Stops the check.</param>
    public static async Task<AuditExportVerification> VerifyAsync(Stream input, AuditPublicKey? trusted, CancellationToken cancellationToken)
    {
        var lines = new ExportLines(input, LongestLine);
        if (await lines.NextAsync(cancellationToken) is not { } first || !TryRead<Header>(first, out var header) || header.Format != Format)
            return Refuse("The first line is no head of an exported audit log.");
        AuditPublicKey key;
        try
        {
            key = AuditPublicKey.Parse(header.PublicKey);
        }
        catch (FormatException)
        {
            return Refuse("The key in the first line is none: it was changed.");
        }
        if (key.Pem != header.PublicKey || !header.IsSignedWith(key)) return Refuse("The first line was changed: its signature is not right.", key);
        if (trusted is not null && trusted.Fingerprint != key.Fingerprint)
            return Refuse($"The log is signed with another key ({key.Fingerprint[..12]}) than the one that is trusted ({trusted.Fingerprint[..12]}).", key);

        var chain = new AuditChain([header.Head]);
        while (await lines.NextAsync(cancellationToken) is { } line)
        {
            if (!line.StartsWith(CheckpointStart, StringComparison.Ordinal)) chain.Take(chain.Last.Sequence + 1, line);
            else if (TryRead<Signed>(line, out var signed)) chain.Take(signed.Checkpoint, key);
            else chain.Report(chain.Last.Sequence + 1, $"The line behind entry {chain.Last.Sequence} is no checkpoint: it was changed.");
        }
        if (lines.Problem is { } problem) chain.Report(chain.Last.Sequence + 1, problem);
        if (chain.Last.Sequence > header.Head.Sequence) chain.Report(header.Head.Sequence + 1, $"The log ended with entry {header.Head.Sequence}; what follows was added.");
        var found = chain.Finish();
        if (found.IsIntact && found.Checkpoints != header.Checkpoints)
        {
            chain.Report(1, $"The log has {found.Checkpoints} signed checkpoints; {header.Checkpoints} were written.");
            found = chain.Finish();
        }
        return new(found, key.Fingerprint, header.At);
    }

    private static AuditExportVerification Refuse(string problem, AuditPublicKey? key = null) =>
        new(new AuditVerification(AuditHead.Nothing, 0, [new(1, problem)]), key?.Fingerprint, null);

    /// <summary>Reads a line that we wrote: written anew it must be the same, to the byte.</summary>
    private static bool TryRead<T>(string line, out T value)
    {
        try
        {
            value = JsonSerializer.Deserialize<T>(line, MlOpsJson.Compact)!;
            return value is not null && JsonSerializer.Serialize(value, MlOpsJson.Compact) == line;
        }
        catch (Exception e) when (e is JsonException or ArgumentNullException)
        {
            value = default!;
            return false;
        }
    }

    private sealed record Signed(AuditCheckpoint Checkpoint);

    /// <param name="Format">Names the form of the file.</param>
    /// <param name="Head">Where the log ends.</param>
    /// <param name="Checkpoints">How many signed checkpoints follow.</param>
    /// <param name="At">When it was written, UTC.</param>
    /// <param name="PublicKey">PEM.</param>
    /// <param name="Signature">Of the head, the time and the key's fingerprint, in base 64.</param>
    private sealed record Header(string Format, AuditHead Head, int Checkpoints, DateTimeOffset At, string PublicKey, string Signature)
    {
        public static Header Sign(AuditHead head, int checkpoints, DateTimeOffset at, AuditSigner signer) =>
            new(AuditExport.Format, head, checkpoints, at, signer.PublicKey.Pem, signer.Sign(Statement(head, checkpoints, at, signer.PublicKey)));

        public bool IsSignedWith(AuditPublicKey key) => key.Verifies(Statement(Head, Checkpoints, At, key), Signature);

        private static string Statement(AuditHead head, int checkpoints, DateTimeOffset at, AuditPublicKey key) => string.Create(CultureInfo.InvariantCulture,
            $"mlops audit export\nsequence: {head.Sequence}\nhash: {head.Hash}\ncheckpoints: {checkpoints}\nat: {at:O}\nkey: {key.Fingerprint}\n");
    }
}

/// <summary>What a check of an exported log found.</summary>
/// <param name="Log">The log.</param>
/// <param name="Key">Fingerprint of the key that signed it; <see langword="null"/> when the file names none.</param>
/// <param name="At">When it was exported, UTC; <see langword="null"/> when the file does not say so any more.</param>
public sealed record AuditExportVerification(AuditVerification Log, string? Key, DateTimeOffset? At);
