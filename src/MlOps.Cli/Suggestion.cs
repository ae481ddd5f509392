using System.CommandLine;
using MlOps.Core.Text;

namespace MlOps.Cli;

/// <summary>What a mistyped word of the command line was probably meant to be.</summary>
internal static class Suggestion
{
    /// <summary>The nearest command or option that could stand there; <see langword="null"/> when none is near.</summary>
    public static string? For(string word, Command command) =>
        NearestName.Find(word, [.. command.Subcommands.Select(c => c.Name), .. command.Options.Select(o => o.Name)]);
}
