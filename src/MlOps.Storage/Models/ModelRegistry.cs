using MlOps.Core.Models;
using MlOps.Storage.Audit;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Models;

/// <summary>The model versions and their stages. Every move is checked, recorded in the version and in the audit log.</summary>
/// <remarks>Table <c>models</c>: partition = model, row = <c>v</c> and the version in eight digits.</remarks>
public sealed class ModelRegistry(ITableStore tables, AuditLog audit, TimeProvider time)
{
    private const string Table = "models";

    /// <summary>Adds a run's model as the next version, in stage Created; the same run gets the same version, however often it asks.</summary>
    /// <param name="model">Name of the model.</param>
    /// <param name="runId">The run that made it.</param>
    /// <param name="create">The record for a version's number; its stage and history are set here.</param>
    /// <param name="by">Who.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    public async Task<ModelVersionRecord> AddAsync(
        string model, string runId, Func<int, ModelVersionRecord> create, string by, CancellationToken cancellationToken)
    {
        while (true)
        {
            var versions = await ListAsync(model, cancellationToken);
            if (versions.FirstOrDefault(v => v.RunId == runId) is { } known)
            {
                await AuditAsync(known, cancellationToken);
                return known;
            }

            // The insert of the row is what takes the number: of two racing runs one starts over with the next.
            var version = versions.Count is 0 ? 1 : versions[0].Version + 1;
            var reason = $"Trained by run {runId}.";
            var record = create(version) with
            {
                Stage = ModelStage.Created,
                History = [new(ModelStage.Created, time.GetUtcNow(), by, reason)],
            };
            if (!await tables.TryInsertAsync(Table, model, Row(version), record, cancellationToken)) continue;

            await AuditAsync(record, cancellationToken);
            return record;
        }
    }

    /// <summary>Tells the last move of a version. Told again, as after a crash between move and entry, it is written once.</summary>
    private Task<AuditEntry> AuditAsync(ModelVersionRecord model, CancellationToken cancellationToken)
    {
        var (move, subject) = (model.History[^1], Subject(model.Name, model.Version));
        return audit.AppendAsync(
            new(move.By, $"model.{move.Stage.ToString().ToLowerInvariant()}", subject, move.Reason, model.History is [.., var before, _] ? before.Stage.ToString() : null, model.History.Count > 1 ? move.Stage.ToString() : null)
            {
                Key = $"{subject}#{model.History.Count}",
            },
            cancellationToken);
    }

    /// <summary>Moves a version to a stage; being there already changes nothing.</summary>
    /// <exception cref="InvalidOperationException">There is no such version, or the move is not a legal one.</exception>
    public async Task MoveAsync(string model, int version, ModelStage stage, string by, string reason, CancellationToken cancellationToken)
    {
        var moved = await tables.UpdateAsync<ModelVersionRecord>(Table, model, Row(version), Change, cancellationToken)
            ?? throw new InvalidOperationException($"There is no version {version} of model '{model}'; 'mlops models' lists those there are.");
        await AuditAsync(moved, cancellationToken);

        ModelVersionRecord Change(ModelVersionRecord current)
        {
            if (current.Stage == stage) return current;
            if (!current.Stage.CanMoveTo(stage))
                throw new InvalidOperationException($"Model '{model}' version {version} is {current.Stage}: it cannot become {stage}.");
            return current with { Stage = stage, History = [.. current.History, new(stage, time.GetUtcNow(), by, reason)] };
        }
    }

    /// <summary>A version, or <see langword="null"/>.</summary>
    public async Task<ModelVersionRecord?> TryGetAsync(string model, int version, CancellationToken cancellationToken) =>
        await tables.TryReadJsonAsync<ModelVersionRecord>(Table, model, Row(version), cancellationToken);

    /// <summary>Versions, newest first within each model.</summary>
    /// <param name="model">Only this model's; <see langword="null"/>: all.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public async Task<IReadOnlyList<ModelVersionRecord>> ListAsync(string? model, CancellationToken cancellationToken)
    {
        var query = new TableQuery { Partition = model };
        var versions = await tables.ReadAllAsync<ModelVersionRecord>(Table, query, cancellationToken);
        return [.. versions.OrderBy(v => v.Name, StringComparer.Ordinal).ThenByDescending(v => v.Version)];
    }

    private static string Row(int version) => $"v{version:D8}";

    private static string Subject(string model, int version) => $"models/{model}/{version}";
}
