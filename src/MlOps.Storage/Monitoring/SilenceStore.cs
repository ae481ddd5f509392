using MlOps.Core.Monitoring;
using MlOps.Storage.Audit;
using MlOps.Storage.Tables;

namespace MlOps.Storage.Monitoring;

/// <summary>Times in which people are told nothing of an endpoint's alerts; each is set and ended by a person, with a reason.</summary>
/// <remarks>Table <c>alertsilences</c>: partition = endpoint, row = id.</remarks>
public sealed class SilenceStore(ITableStore tables, AuditLog audit)
{
    private const string Table = "alertsilences";

    /// <summary>Sets a silence.</summary>
    public async Task AddAsync(AlertSilence silence, CancellationToken cancellationToken)
    {
        var set = await tables.CreateOrReadJsonAsync(Table, silence.Endpoint, silence.Id, silence, cancellationToken);
        await audit.AppendAsync(
            new(set.Set.By, "alerts.silenced", SubjectOf(set), set.Set.Reason, null, $"until {set.Until:O}") { Key = $"silences/{set.Endpoint}/{set.Id}#set" }, cancellationToken);
    }

    /// <summary>The silences of an endpoint, past ones too.</summary>
    public Task<IReadOnlyList<AlertSilence>> ListAsync(string endpoint, CancellationToken cancellationToken) =>
        tables.ReadAllAsync<AlertSilence>(Table, new TableQuery { Partition = endpoint }, cancellationToken);

    /// <summary>Ends a silence before its time.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> RemoveAsync(string endpoint, string id, string by, string reason, CancellationToken cancellationToken)
    {
        if (await tables.TryReadJsonAsync<AlertSilence>(Table, endpoint, id, cancellationToken) is not { } silence) return false;
        // Told first: a crash in between leaves a silence that is ended again, and one entry.
        await audit.AppendAsync(new(by, "alerts.unsilenced", SubjectOf(silence), reason, $"until {silence.Until:O}") { Key = $"silences/{endpoint}/{id}#ended" }, cancellationToken);
        await tables.DeleteAsync(Table, endpoint, id, cancellationToken);
        return true;
    }

    private static string SubjectOf(AlertSilence silence) =>
        $"endpoints/{silence.Endpoint}/{(silence.Monitor is { } monitor ? $"monitors/{MonitorNames.NameOf(monitor)}" : "monitors")}";
}
