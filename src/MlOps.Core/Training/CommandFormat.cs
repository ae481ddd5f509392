namespace MlOps.Core.Training;

/// <summary>The trainer <c>command</c>: anybody's program, in any language, that keeps the training contract.</summary>
public static class CommandFormat
{
    /// <summary>Name of the trainer.</summary>
    public const string Trainer = "command";

    /// <summary>The key of the program and its first arguments.</summary>
    public const string Command = "command";

    /// <summary>The key of the parameters, which have names of the program's own.</summary>
    public const string Parameters = "parameters";
}
