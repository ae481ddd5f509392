using System.Text;
using System.Text.Json;
using MlOps.Storage.Blobs;

namespace MlOps.EndToEnd.Tests;

/// <summary>The whole system with its blobs and tables in Azure Storage: nothing but the task hub and copies stays on the machine.</summary>
public sealed class AzureStorageTests
{
    private const string Request = """{"instances":[{"Island":"Biscoe","Beak Length (mm)":50,"Beak Depth (mm)":15,"Flipper Length (mm)":225,"Body Mass (g)":5300,"Sex":"MALE"}]}""";

    [Fact]
    public async Task A_run_on_example_data_is_released_and_answers()
    {
        await using var azure = await AzureInstallation.CreateAsync();
        var run = (await azure.Local.RunAsync("run", "penguins", "--auto-approve", "--json")).Expect(0).Json;

        Assert.Equal("released", run.GetProperty("status").GetString());
        var path = run.GetProperty("model").GetProperty("path").GetString()!;
        Assert.EndsWith("/models/penguins/1/model.onnx", path, StringComparison.Ordinal);
        Assert.StartsWith("http://127.0.0.1:", path, StringComparison.Ordinal);
        Assert.Contains("models/penguins/1/model.onnx", await azure.NamesAsync("models/"));
        Assert.Empty(await azure.NamesAsync("incoming/"));
        // On this machine: the hub, and what is the host's own.
        Assert.Equal(["system"], Directory.EnumerateFileSystemEntries(azure.Local.Home).Select(e => Path.GetFileName(e)));

        using var server = await Server.StartAsync(azure.Local);
        await server.PredictAsync("penguins", Request, answer => answer.ToString().Contains("Gentoo", StringComparison.Ordinal));
        Assert.Equal([], (await server.GetAsync("api/audit/verification")).GetProperty("faults").EnumerateArray());
    }

    [Fact]
    public async Task Files_that_are_sent_or_uploaded_become_runs()
    {
        await using var azure = await AzureInstallation.CreateAsync();
        using var workflows = new Workflows();
        workflows.WriteShop("shop");
        using var shop = new Installation(workflows.Root);
        foreach (var (name, value) in azure.Local.Settings) shop.Settings[name] = value;

        var file = shop.PathOf("../visits.csv");
        await File.WriteAllTextAsync(file, Workflows.Visits());
        var sent = (await shop.RunAsync("run", "shop", "--data", file, "--json")).Expect(0).Json;
        Assert.Equal("released", sent.GetProperty("status").GetString());
        Assert.Equal(400, sent.GetProperty("dataset").GetProperty("rows").GetInt32());

        using var server = await Server.StartAsync(shop);
        await azure.Blobs.TryWriteAsync("incoming/shop/more.csv", Encoding.UTF8.GetBytes(Workflows.Visits(500, 1000)), WriteCondition.None, default);
        var dropped = await server.EndOfRunAsync("shop", before: sent.GetProperty("run").GetString()!);
        Assert.Equal("drop", dropped.GetProperty("trigger").GetString());
        Assert.Equal(500, dropped.GetProperty("dataset").GetProperty("rows").GetInt32());

        var (status, problem) = await server.SendAsync(HttpMethod.Put, "api/pipelines/shop/incoming/half.part", "x", "text/csv");
        Assert.Equal((400, true), (status, problem.GetProperty("detail").GetString()!.Contains("half.part", StringComparison.Ordinal)));
        (status, _) = await server.SendAsync(HttpMethod.Put, "api/pipelines/none/incoming/a.csv", "x", "text/csv");
        Assert.Equal(404, status);
    }

    [Fact]
    public async Task A_run_killed_twice_goes_on_and_does_everything_once()
    {
        await using var azure = await AzureInstallation.CreateAsync();
        await KillWhenThereAreAsync(azure, "runs/", "run", "penguins", "--auto-approve", "--json");
        await KillWhenThereAreAsync(azure, "datasets/", "resume", "--json");
        await azure.Local.RunAsync("resume", "--json");

        var run = Assert.Single((await azure.Local.RunAsync("runs", "--json")).Expect(0).Json.GetProperty("runs").EnumerateArray());
        Assert.Equal("released", run.GetProperty("status").GetString());
        Assert.Single(await azure.NamesAsync("models/penguins/"), n => n.EndsWith("model.onnx", StringComparison.Ordinal));
    }

    private static async Task KillWhenThereAreAsync(AzureInstallation azure, string prefix, params string[] command)
    {
        using var process = azure.Local.Start(command);
        await Eventually.GetAsync(() => azure.NamesAsync(prefix), names => names.Length > 0 || process.HasEnded);
        process.Kill();
    }

    [Fact]
    public async Task Two_hosts_do_not_work_on_one_container()
    {
        await using var azure = await AzureInstallation.CreateAsync();
        await using var other = await azure.CreateSecondAsync();
        using var server = await Server.StartAsync(azure.Local);
        var refused = (await other.Local.RunAsync("run", "penguins", "--json")).Expect(1);
        Assert.Contains("Another host works on", refused.Errors, StringComparison.Ordinal);
        CommandOutput.HasNoStackTrace(refused.Errors);
        // Who only asks may ask.
        (await other.Local.RunAsync("runs", "--json")).Expect(0);
        await server.StopAsync();
        (await other.Local.RunAsync("run", "penguins", "--auto-approve", "--json")).Expect(0);
    }

    [Fact]
    public async Task Wrong_settings_are_told_all_at_once_and_stop_the_start()
    {
        using var installation = new Installation();
        installation.Settings["Storage__ConnectionString"] = "AccountName=account;AccountKey=not base64 SECRET";
        installation.Settings["Storage__Container"] = "Not A Name";
        installation.Settings["Storage__MaxRetries"] = "many";
        var result = (await installation.RunAsync("runs")).Expect(2);
        foreach (var setting in new[] { "Storage:ConnectionString", "Storage:Container", "Storage:MaxRetries" }) Assert.Contains(setting, result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", result.Errors, StringComparison.Ordinal);
        CommandOutput.HasNoStackTrace(result.Errors);
    }
}
