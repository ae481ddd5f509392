namespace MlOps.EndToEnd.Tests;

/// <summary>Commands beside a server on the same home: one process works on it, the others talk to that one.</summary>
public sealed class CliWithServerTests
{
    [Fact]
    public async Task Commands_go_through_the_server_and_a_second_one_is_refused()
    {
        using var workflows = new Workflows();
        workflows.WriteShop("shop");
        var visits = Path.Combine(workflows.Root, "visits.csv");
        await File.WriteAllTextAsync(visits, Workflows.Visits());
        using var installation = new Installation(workflows.Root);
        using var server = await Server.StartAsync(installation);

        var second = (await installation.RunAsync("up", "--port", "0")).Expect(1);
        Assert.Contains($"process {server.ProcessId} at {server.Http.BaseAddress}", second.Errors, StringComparison.Ordinal);
        CommandOutput.HasNoStackTrace(second.Errors);

        var run = (await installation.RunAsync("run", "shop", "--data", visits, "--json")).Expect(0).Json;
        Assert.Equal("released", (await server.GetAsync($"api/runs/{run.GetProperty("run").GetString()}")).GetProperty("status").GetString());
        Assert.StartsWith(server.Http.BaseAddress!.ToString(), run.GetProperty("predictUrl").GetString(), StringComparison.Ordinal);
        var predicted = (await installation.RunAsync("predict", "shop", "--instance", """{"age":70}""", "--json")).Expect(0).Json;
        Assert.Equal(1, predicted.GetProperty("version").GetInt32());
        Assert.Single((await installation.RunAsync("runs", "--json")).Expect(0).Json.GetProperty("runs").EnumerateArray());

        (await server.StopAsync()).Expect(0);
        (await installation.RunAsync("predict", "shop", "--instance", """{"age":70}""", "--json")).Expect(0);
    }

    [Fact]
    public async Task A_command_that_follows_a_run_goes_on_with_it_when_the_server_is_killed()
    {
        using var workflows = new Workflows();
        workflows.WriteShop("shop");
        var visits = Path.Combine(workflows.Root, "visits.csv");
        await File.WriteAllTextAsync(visits, Workflows.Visits());
        using var installation = new Installation(workflows.Root);
        using var server = await Server.StartAsync(installation);
        using var command = installation.Start("run", "shop", "--data", visits, "--json");
        await server.WaitForRunAsync("shop", "", "queued", "running");
        server.Kill();

        var ended = (await command.EndAsync(TimeSpan.FromMinutes(4))).Expect(0);
        Assert.Equal("released", ended.Json.GetProperty("status").GetString());
    }
}
