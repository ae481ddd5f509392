namespace MlOps.DurableTask.Sidecar.Workers;

/// <summary>What a worker runs.</summary>
internal enum WorkKind
{
    Orchestrator,
    Activity,
}

/// <summary>Work that goes to the same workers.</summary>
internal readonly record struct WorkKey(WorkKind Kind, string Name, string Version)
{
    /// <summary>As messages and logs name it.</summary>
    public override string ToString() =>
        $"{(Kind == WorkKind.Orchestrator ? "orchestrator" : "activity")} '{Name}'{(Version.Length == 0 ? "" : $" version '{Version}'")}";
}
