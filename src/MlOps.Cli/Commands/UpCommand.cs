using System.CommandLine;
using MlOps.Cli.Connection;
using MlOps.Cli.Output;
using MlOps.Functions.Hosting;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops up</c>: serves until it is stopped.</summary>
internal static class UpCommand
{
    public static Command Create()
    {
        var port = new Option<int>("--port") { Description = "Port on the loopback address; 0 takes a free one.", DefaultValueFactory = _ => 7071 };
        var command = new Command("up", CommandLine.WithExamples(
            "Serve: watch the incoming folders, run pipelines, answer the API and predictions. Interrupted runs go on. Ctrl+C stops it.",
            "mlops up",
            "mlops up --port 8080"))
        {
            port,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(port) is < 0 or > 65535) result.AddError($"--port is {result.GetValue(port)}: it must be between 0 and 65535.");
        });
        command.SetAction((parsed, cancellationToken) => UpAsync(parsed.GetValue(port), cancellationToken));
        return command;
    }

    private static async Task<int> UpAsync(int port, CancellationToken cancellationToken)
    {
        var settings = new HostSettings
        {
            Home = Installation.Home,
            Repository = Installation.Repository,
            Url = $"http://127.0.0.1:{port}",
        };
        await using var host = await ControlPlane.HostAsync(settings, cancellationToken);
        Terminal.Progress.MarkupLineInterpolated($"Listening at [bold]{host.Address}[/] (API description: {host.Address}openapi/v1.json)");
        Terminal.Progress.MarkupLineInterpolated($"Drop files into {Path.Combine(Installation.Home.Path, "incoming")}/<pipeline>/. Ctrl+C stops.");
        await host.WaitForShutdownAsync(cancellationToken);
        return ExitCodes.Done;
    }
}
