using System.CommandLine;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops completion</c>: prints what makes a shell complete the commands.</summary>
internal static class CompletionCommand
{
    // The parser itself completes: the directive [suggest:POSITION] makes it print what could stand there.
    private const string Bash = """
        _mlops_complete() {
          local IFS=$'\n'
          COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -F _mlops_complete mlops ./mlops
        """;

    private const string Zsh = """
        _mlops_complete() {
          local -a found
          found=("${(@f)$("${words[1]}" "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
          compadd -a found
        }
        compdef _mlops_complete mlops ./mlops
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "bash or zsh." }.AcceptOnlyFromAmong("bash", "zsh");
        var command = new Command("completion", CommandLine.WithExamples(
            "Print the script that makes a shell complete commands, options and names of pipelines.",
            "eval \"$(./mlops completion bash)\""))
        {
            shell,
        };
        command.SetAction(parsed => Console.Out.WriteLine(parsed.GetValue(shell) is "bash" ? Bash : Zsh));
        return command;
    }
}
