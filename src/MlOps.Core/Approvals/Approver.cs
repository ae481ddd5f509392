namespace MlOps.Core.Approvals;

/// <summary>Somebody who acts on a request.</summary>
/// <param name="Name">The person's name or address.</param>
/// <param name="Roles">Roles that the person has by the word of whoever authenticated them.</param>
public sealed record Approver(string Name, IReadOnlyList<string> Roles)
{
    /// <summary>A person without roles.</summary>
    public Approver(string name) : this(name, []) { }

    /// <summary>Whether a name or role of a request's list means this person.</summary>
    public bool Is(string approver) =>
        approver.Equals(Name, StringComparison.OrdinalIgnoreCase) || Roles.Contains(approver, StringComparer.OrdinalIgnoreCase);
}
