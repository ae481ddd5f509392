using System.CommandLine;
using System.Reflection;
using System.Runtime.InteropServices;
using MlOps.Cli.Output;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops version</c>.</summary>
internal static class VersionCommand
{
    public static Command Create()
    {
        var json = CommandLine.JsonOption();
        var command = new Command("version", "Print the version, the runtime and where the state is.") { json };
        command.SetAction(parsed =>
        {
            var version = typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
            var home = Connection.Installation.Home.Path;
            if (parsed.GetValue(json)) Terminal.WriteJson(new { version, runtime = RuntimeInformation.FrameworkDescription, home });
            else Terminal.Results.WriteLine($"mlops {version} on {RuntimeInformation.FrameworkDescription}; state in {home}");
        });
        return command;
    }
}
