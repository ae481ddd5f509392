using MlOps.Core.Approvals;
using MlOps.Core.Datasets;
using MlOps.Core.Models;
using MlOps.Core.Runs;
using MlOps.Storage.Audit;
using MlOps.Storage.Local;

namespace MlOps.Storage.Tests;

/// <summary>A table store with an audit log, and the smallest records that are whole.</summary>
internal sealed class Records : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public Records()
    {
        Tables = new LocalTableStore(_folder["tables.db"]);
        Audit = new AuditLog(Tables, Time);
    }

    public ManualTime Time { get; } = new();

    public LocalTableStore Tables { get; }

    public AuditLog Audit { get; }

    public TemporaryFolder Folder => _folder;

    public static RunRecord Run(string id, DateTimeOffset createdAt) => new()
    {
        RunId = id,
        Pipeline = RunId.TryGetPipeline(id)!,
        Status = RunStatus.Queued,
        Trigger = RunTrigger.Manual,
        StartedBy = "me",
        Files = [],
        CreatedAt = createdAt,
    };

    public static ModelVersionRecord Model(string name, int version, string runId) => new()
    {
        Name = name,
        Version = version,
        Stage = ModelStage.Created,
        RunId = runId,
        Datasets = [],
        Sha256 = new string('a', 64),
        Path = $"models/{name}/{version}/",
        Metrics = new Dictionary<string, double>(StringComparer.Ordinal),
        CreatedAt = new(2001, 3, 2, 8, 15, 0, TimeSpan.Zero),
    };

    public static DatasetRecord Dataset(string version, DateTime? from, DateTime? to, bool? passed = true) => new()
    {
        Name = "flights",
        Version = version,
        Rows = 1,
        Passed = passed,
        MinTime = from,
        MaxTime = to,
        RunId = "flights-20010302-081500-0000",
        Sources = [],
        CreatedAt = new(2001, 3, 2, 8, 15, 0, TimeSpan.Zero),
    };

    public ApprovalRecord Request(string id, params string[] approvers) => new()
    {
        Id = id,
        Model = new("flights", 1, new string('a', 64), new string('c', 64)),
        InstanceId = id + ":approval",
        Approvers = approvers,
        ApproversNamed = approvers.Length > 0,
        RequestedAt = Time.Now,
        ExpiresAt = Time.Now.AddHours(72),
    };

    public async Task<IReadOnlyList<string>> AuditedAsync() =>
        [.. (await Audit.ListAsync(new AuditQuery(), default)).Entries.Reverse().Select(e => e.Event.Action)];

    public void Dispose()
    {
        Tables.Dispose();
        _folder.Dispose();
    }
}
