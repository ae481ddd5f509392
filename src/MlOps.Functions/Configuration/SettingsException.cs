namespace MlOps.Functions.Configuration;

/// <summary>The application cannot start with the settings it was given. Thrown once, with everything that is wrong.</summary>
/// <param name="problems">One sentence a setting: its name, its value, the rule, what to do.</param>
public sealed class SettingsException(IReadOnlyList<string> problems)
    : Exception($"{problems.Count} {(problems.Count is 1 ? "setting needs" : "settings need")} attention:{string.Concat(problems.Select(p => $"\n  {p}"))}")
{
    /// <summary>One sentence a setting.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
