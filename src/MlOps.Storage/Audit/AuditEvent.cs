namespace MlOps.Storage.Audit;

/// <summary>One thing that somebody did.</summary>
/// <param name="Actor">Who: a person's name or address, or the system's own <c>mlops</c>.</param>
/// <param name="Action">What: <c>model.approved</c>, <c>endpoint.switched</c>.</param>
/// <param name="Subject">On what: <c>models/flight-delay/3</c>.</param>
/// <param name="Reason">Why.</param>
/// <param name="Before">The state before, in short; <see langword="null"/> where there was none.</param>
/// <param name="After">The state after, in short.</param>
public sealed record AuditEvent(string Actor, string Action, string Subject, string Reason, string? Before = null, string? After = null)
{
    /// <summary>Names this one occurrence: what is told again under the same key, as after a crash, is written once. <see langword="null"/>: each telling counts.</summary>
    public string? Key { get; init; }
}
