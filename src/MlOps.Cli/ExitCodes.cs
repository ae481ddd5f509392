namespace MlOps.Cli;

/// <summary>What the exit codes mean to scripts.</summary>
internal static class ExitCodes
{
    public const int Done = 0;
    public const int JobFailed = 1;
    public const int BadInput = 2;
    public const int WaitingForApproval = 3;
}

/// <summary>Something that the user can mend; shown as it is, without a stack trace.</summary>
internal sealed class CommandException(int exitCode, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;

    public static CommandException BadInput(string message) => new(ExitCodes.BadInput, message);
}
