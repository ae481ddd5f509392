using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MlOps.DurableTask.Functions.Client;
using MlOps.DurableTask.Functions.Grpc;
using MlOps.DurableTask.Sidecar;
using MlOps.DurableTask.Sqlite;

namespace MlOps.DurableTask.Functions.Tests.Client;

/// <summary>The client against a server of the same protocol, whose behaviour the official SDKs' tests vouch for.</summary>
public sealed class ExtensionClientTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly GrpcClient _grpc = new();
    private IHost _server = null!;
    private ExtensionClient _client = null!;

    public async Task InitializeAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddDurableTask(registry => registry
            .AddOrchestratorFunc<string, string>("Echo", (_, text) => Task.FromResult(text))
            .AddOrchestratorFunc<string, string>("Ask", (context, _) => context.WaitForExternalEvent<string>("answer"))
            .AddOrchestratorFunc<string>("Fail", (_, text) => throw new InvalidOperationException(text)));
        builder.Services.AddEmbeddedTaskHub(hub => hub.Path = _folder["hub.db"]);
        builder.Services.AddTaskHubSidecar(sidecar => sidecar.Port = 0);
        _server = builder.Build();
        await _server.StartAsync();
        var address = new ExtensionAddress(new Uri($"http://{_server.Services.GetRequiredService<TaskHubSidecar>().Address}"));
        _client = new ExtensionClient(_grpc, address, new PayloadSerializer(PayloadSerializer.DefaultOptions));
    }

    public async Task DisposeAsync()
    {
        await _server.StopAsync();
        _server.Dispose();
        _grpc.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task An_instance_is_started_watched_and_found()
    {
        var id = await _client.ScheduleNewOrchestrationInstanceAsync("Echo", "Grüße, 東京", new() { InstanceId = "echo-1", Tags = new Dictionary<string, string>(StringComparer.Ordinal) { ["a"] = "b" } });
        var done = await _client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true);
        Assert.Equal((OrchestrationRuntimeStatus.Completed, "Grüße, 東京", "Grüße, 東京"), (done.RuntimeStatus, done.ReadInputAs<string>(), done.ReadOutputAs<string>()));
        Assert.Null((await _client.GetInstanceAsync(id))!.SerializedInput);
        Assert.Null(await _client.GetInstanceAsync("nobody"));
        Assert.Contains(await _client.GetHistoryAsync(id), e => e.ExecutionStarted is not null);
        Assert.Equal(1, await _client.PurgeInstanceAsync(id));
        Assert.Equal(0, await _client.PurgeInstanceAsync(id));
    }

    [Fact]
    public async Task A_start_that_may_be_repeated_starts_once()
    {
        var options = new StartOrchestrationOptions { InstanceId = "once", IdReuse = InstanceIdReuse.IgnoreIfExists };
        await _client.ScheduleNewOrchestrationInstanceAsync("Echo", "first", options);
        await _client.WaitForInstanceCompletionAsync("once");
        await _client.ScheduleNewOrchestrationInstanceAsync("Echo", "second", options);
        Assert.Equal("first", (await _client.WaitForInstanceCompletionAsync("once", getInputsAndOutputs: true)).ReadOutputAs<string>());
        await Assert.ThrowsAsync<OrchestrationAlreadyExistsException>(() => _client.ScheduleNewOrchestrationInstanceAsync("Echo", "third", options with { IdReuse = InstanceIdReuse.Fail }));
        await _client.ScheduleNewOrchestrationInstanceAsync("Echo", "fourth", options with { IdReuse = InstanceIdReuse.ReplaceFinished });
        Assert.Equal("fourth", (await _client.WaitForInstanceCompletionAsync("once", getInputsAndOutputs: true)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task One_that_runs_is_not_replaced()
    {
        await _client.ScheduleNewOrchestrationInstanceAsync("Ask", "", new() { InstanceId = "ask" });
        await _client.WaitForInstanceStartAsync("ask");
        var refused = await Assert.ThrowsAsync<OrchestrationAlreadyExistsException>(() => _client.ScheduleNewOrchestrationInstanceAsync("Ask", "", new() { InstanceId = "ask" }));
        Assert.Equal(OrchestrationRuntimeStatus.Running, refused.Status);
    }

    [Fact]
    public async Task Commands_reach_an_instance_and_one_that_is_finished_has_no_use_for_them()
    {
        await _client.ScheduleNewOrchestrationInstanceAsync("Ask", "", new() { InstanceId = "asked" });
        await _client.SuspendInstanceAsync("asked", "lunch");
        await _client.RaiseEventAsync("asked", "ANSWER", "42");
        await _client.ResumeInstanceAsync("asked");
        Assert.Equal("42", (await _client.WaitForInstanceCompletionAsync("asked", getInputsAndOutputs: true)).ReadOutputAs<string>());
        await _client.RaiseEventAsync("asked", "answer", "43");
        await _client.TerminateInstanceAsync("asked");
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await _client.GetInstanceAsync("asked"))!.RuntimeStatus);
        await Assert.ThrowsAsync<OrchestrationStateException>(() => _client.RewindInstanceAsync("asked"));
        await Assert.ThrowsAsync<OrchestrationNotFoundException>(() => _client.RaiseEventAsync("nobody", "answer"));
        await Assert.ThrowsAsync<OrchestrationNotFoundException>(() => _client.WaitForInstanceCompletionAsync("nobody"));
    }

    [Fact]
    public async Task A_failure_is_told_as_it_was()
    {
        await _client.ScheduleNewOrchestrationInstanceAsync("Fail", "It does not work.", new() { InstanceId = "fail" });
        var failed = await _client.WaitForInstanceCompletionAsync("fail");
        Assert.Equal((OrchestrationRuntimeStatus.Failed, "It does not work."), (failed.RuntimeStatus, failed.FailureDetails!.ErrorMessage));
    }

    [Fact]
    public async Task All_pages_of_a_query_are_read()
    {
        for (var i = 0; i < 5; i++) await _client.ScheduleNewOrchestrationInstanceAsync("Echo", $"{i}", new() { InstanceId = $"page:{i}" });
        await _client.ScheduleNewOrchestrationInstanceAsync("Echo", "x", new() { InstanceId = "other" });
        for (var i = 0; i < 5; i++) await _client.WaitForInstanceCompletionAsync($"page:{i}");
        var found = new List<string>();
        await foreach (var instance in _client.GetAllInstancesAsync(new() { InstanceIdPrefix = "page:", Statuses = [OrchestrationRuntimeStatus.Completed], PageSize = 2 })) found.Add(instance.InstanceId);
        Assert.Equal(["page:0", "page:1", "page:2", "page:3", "page:4"], found.Order(StringComparer.Ordinal));
        Assert.Equal(5, await _client.PurgeAllInstancesAsync(new() { InstanceIdPrefix = "page:" }));
        await Assert.ThrowsAsync<NotSupportedException>(() => _client.GetInstancesPageAsync(new() { NewestFirst = true }));
    }

    [Fact]
    public async Task Where_nobody_listens_the_error_says_where()
    {
        var client = new ExtensionClient(_grpc, new ExtensionAddress(new Uri("http://127.0.0.1:9")), new PayloadSerializer(PayloadSerializer.DefaultOptions));
        var error = await Assert.ThrowsAsync<ExtensionUnavailableException>(() => client.GetInstanceAsync("any"));
        Assert.Contains("http://127.0.0.1:9/ did not do GetInstance", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://elsewhere.example:4001")]
    [InlineData("https://localhost:4001")]
    public void Commands_never_leave_the_machine(string address) => Assert.Throws<ArgumentException>(() => new ExtensionAddress(new Uri(address)));
}
