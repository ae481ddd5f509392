namespace MlOps.DurableTask;

/// <summary>Gives an orchestrator or activity another name than its class has.</summary>
/// <param name="name">What callers, clients and history call it.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class DurableTaskAttribute(string name) : Attribute
{
    /// <summary>What callers, clients and history call it.</summary>
    public string Name { get; } = name;

    /// <summary>The version this class serves; instances of other versions go elsewhere. Default: every version without a class of its own.</summary>
    public string? Version { get; init; }
}
