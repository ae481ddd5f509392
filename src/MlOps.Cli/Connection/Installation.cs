using MlOps.Functions.Hosting;

namespace MlOps.Cli.Connection;

/// <summary>Where this installation keeps its files.</summary>
internal static class Installation
{
    /// <summary>The folder with <c>workflows/</c>; the run script says where.</summary>
    public static string Repository { get; } = Environment.GetEnvironmentVariable("MLOPS_REPOSITORY") ?? Environment.CurrentDirectory;

    /// <summary>The state: <c>$MLOPS_HOME</c>, else <c>.mlops</c> in the repository.</summary>
    public static HomeFolder Home { get; } = new(
        Environment.GetEnvironmentVariable("MLOPS_HOME") is { Length: > 0 } home ? home : Path.Combine(Repository, ".mlops"));

    /// <summary>Who gives the commands: <c>$MLOPS_ACTOR</c>, else the user of the operating system.</summary>
    public static string Actor { get; } = Environment.GetEnvironmentVariable("MLOPS_ACTOR") is { Length: > 0 } actor ? actor : Environment.UserName;
}
