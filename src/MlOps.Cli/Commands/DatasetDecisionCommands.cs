using System.CommandLine;
using MlOps.Cli.Connection;
using MlOps.Cli.Following;
using MlOps.Cli.Output;
using MlOps.Core.Datasets;
using MlOps.Functions.Api;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary><c>mlops datasets rollback</c>, <c>revalidate</c> and <c>accept</c>: what may be trained on. The audit log keeps who and why.</summary>
internal static class DatasetDecisionCommands
{
    public static Command CreateRollback() => Create(
        "rollback", "Train on this version as the newest until new data arrives; those ingested after it are set aside.", needsReason: true, RollbackAsync);

    public static Command CreateRevalidate() => Create(
        "revalidate", "Hold a version against the rules as they are now in pipeline.yaml.", needsReason: false, RevalidateAsync);

    public static Command CreateAccept() => Create(
        "accept", "Accept what failed in a version, so that it may be trained on.", needsReason: true, AcceptAsync);

    private static Command Create(string verb, string description, bool needsReason, Func<ControlPlane, string, string, bool, CancellationToken, Task<int>> decide)
    {
        var (name, version, json) = (DatasetsCommand.NameArgument(), DatasetsCommand.VersionArgument(), CommandLine.JsonOption());
        var reason = new Option<string>("--reason") { Description = "Why, for the audit log.", Required = needsReason };
        var example = $"mlops datasets {verb} flight-delay 3f2a9c{(needsReason ? " --reason \"The source was checked by hand.\"" : "")}";
        var command = new Command(verb, CommandLine.WithExamples(description, example)) { name, version, reason, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var plane = await ControlPlane.ConnectAsync(runWork: verb is "revalidate", cancellationToken);
            var path = $"{DatasetsCommand.PathOf(parsed.GetRequiredValue(name), parsed.GetRequiredValue(version))}/{verb}";
            return await decide(plane, path, parsed.GetValue(reason) ?? "", parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<int> RollbackAsync(ControlPlane plane, string path, string reason, bool json, CancellationToken cancellationToken)
    {
        var done = await plane.PostAsync<DatasetRollback>(path, new DatasetDecisionRequest(reason), cancellationToken);
        if (json) Terminal.WriteJson(done);
        else Terminal.Results.WriteLine($"{done.Version[..12]} is the newest now; set aside: {(done.SetAside.Count is 0 ? "none" : string.Join(", ", done.SetAside.Select(v => v[..12])))}");
        return ExitCodes.Done;
    }

    private static async Task<int> RevalidateAsync(ControlPlane plane, string path, string reason, bool json, CancellationToken cancellationToken)
    {
        var verdict = await OperationFollower.RunAsync<ValidationVerdict>(plane, path, new DatasetDecisionRequest(reason), cancellationToken);
        if (json)
        {
            Terminal.WriteJson(verdict);
        }
        else
        {
            var table = new Table().Border(TableBorder.Simple).AddColumns("Check", "", "Finding");
            foreach (var check in verdict.Checks)
                table.AddRow(new Text(check.Check), new Text(check.Passed ? "met" : check.Fails ? "failed" : "warning"), new Text(check.Detail));
            Terminal.Results.Write(table);
            Terminal.Results.WriteLine($"{(verdict.Passed ? "passed" : "failed")}: {verdict.Kept:N0} rows kept, {verdict.Quarantined:N0} quarantined");
        }

        return verdict.Passed ? ExitCodes.Done : ExitCodes.JobFailed;
    }

    private static async Task<int> AcceptAsync(ControlPlane plane, string path, string reason, bool json, CancellationToken cancellationToken)
    {
        var dataset = await plane.PostAsync<DatasetRecord>(path, new DatasetDecisionRequest(reason), cancellationToken);
        if (json) Terminal.WriteJson(dataset);
        else Terminal.Results.WriteLine($"{dataset.Name}@{dataset.Version[..12]} may be trained on, although it failed: {string.Join("; ", dataset.FailedChecks)}");
        return ExitCodes.Done;
    }
}
