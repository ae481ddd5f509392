namespace MlOps.Storage.Audit;

/// <summary>What a check of the whole log found.</summary>
/// <param name="Head">Where the log ends. Whoever keeps it elsewhere can prove later that nothing up to it was changed.</param>
/// <param name="Checkpoints">How many signed checkpoints lie on the chain.</param>
/// <param name="Faults">What is wrong, in the order of the log; empty when nothing is.</param>
public sealed record AuditVerification(AuditHead Head, int Checkpoints, IReadOnlyList<AuditFault> Faults)
{
    /// <summary>Whether every entry is there, in its place, as it was written.</summary>
    public bool IsIntact => Faults.Count is 0;

    /// <summary>Number of the first entry that is not as it was written; <see langword="null"/> when all are.</summary>
    public long? FirstBad => Faults.Count is 0 ? null : Faults.Min(f => f.Sequence);
}

/// <summary>Something that is not as it was written.</summary>
/// <param name="Sequence">Number of the entry.</param>
/// <param name="Problem">One sentence.</param>
public sealed record AuditFault(long Sequence, string Problem);
