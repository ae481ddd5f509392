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
        var grpcPort = new Option<int?>("--grpc-port")
        {
            Description = "Port on the loopback address for workers and clients of other languages (gRPC); 0 takes a free one. Off by default.",
        };
        var command = new Command("up", CommandLine.WithExamples(
            "Serve: watch the incoming folders, run pipelines, answer the API and predictions. Interrupted runs go on. Ctrl+C stops it.",
            "mlops up",
            "mlops up --port 8080",
            "mlops up --grpc-port 4001"))
        {
            port,
            grpcPort,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(port) is < 0 or > 65535) result.AddError($"--port is {result.GetValue(port)}: it must be between 0 and 65535.");
            if (result.GetValue(grpcPort) is < 0 or > 65535) result.AddError($"--grpc-port is {result.GetValue(grpcPort)}: it must be between 0 and 65535.");
        });
        command.SetAction((parsed, cancellationToken) => UpAsync(parsed.GetValue(port), parsed.GetValue(grpcPort), cancellationToken));
        return command;
    }

    private static async Task<int> UpAsync(int port, int? grpcPort, CancellationToken cancellationToken)
    {
        var settings = new HostSettings
        {
            Home = Installation.Home,
            Repository = Installation.Repository,
            Url = $"http://127.0.0.1:{port}",
            GrpcPort = grpcPort,
        };
        await using var host = await ControlPlane.HostAsync(settings, cancellationToken);
        Terminal.Progress.MarkupLineInterpolated($"Listening at [bold]{host.Address}[/] (API description: {host.Address}openapi/v1.json)");
        if (host.GrpcAddress is { } grpc)
            Terminal.Progress.MarkupLineInterpolated($"Workers and clients of other languages (gRPC, HTTP/2 without TLS): [bold]{grpc}[/]");
        Terminal.Progress.MarkupLineInterpolated($"Drop files into {host.Storage.PlaceOf("incoming")}/<pipeline>/. Ctrl+C stops.");
        await host.WaitForShutdownAsync(cancellationToken);
        return ExitCodes.Done;
    }
}
