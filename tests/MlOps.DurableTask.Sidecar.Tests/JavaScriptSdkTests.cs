
namespace MlOps.DurableTask.Sidecar.Tests;

/// <summary>The official JavaScript SDK, client and worker, against the task hub. What is asserted stands in js/scenarios.cjs.</summary>
public class JavaScriptSdkTests(JavaScriptSdkTests.HubWithWorker hub) : IClassFixture<JavaScriptSdkTests.HubWithWorker>
{
    [Theory]
    [InlineData("sequence")]
    [InlineData("fanOut")]
    [InlineData("timer")]
    [InlineData("event")]
    [InlineData("eventTimeout")]
    [InlineData("eventsInOrder")]
    [InlineData("sentEvent")]
    [InlineData("subOrchestrations")]
    [InlineData("failedSubOrchestration")]
    [InlineData("retries")]
    [InlineData("suspendAndResume")]
    [InlineData("terminate")]
    [InlineData("purge")]
    [InlineData("queryPages")]
    [InlineData("listIds")]
    [InlineData("continueAsNew")]
    [InlineData("customStatus")]
    [InlineData("largePayloads")]
    [InlineData("restart")]
    [InlineData("rewind")]
    [InlineData("history")]
    [InlineData("ids")]
    [InlineData("scheduledStart")]
    [InlineData("manyAtOnce")]
    [InlineData("csharpActivity")]
    [InlineData("entities")]
    public async Task Scenario(string name) => await NodeProcess.RunScenarioAsync(name, hub.Address);

    /// <summary>One hub, one worker process; scenarios use instance ids of their own.</summary>
    public sealed class HubWithWorker : IAsyncLifetime, IDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private SidecarHost? _host;
        private NodeProcess? _worker;

        public string Address => _host!.Address;

        public async Task InitializeAsync()
        {
            _host = await SidecarHost.StartAsync(_folder, tasks => tasks.AddActivityFunc<int, int>("DoubledInCSharp", (_, n) => Task.FromResult(2 * n)));
            _worker = await NodeProcess.StartWorkerAsync(_host.Address);
        }

        public async Task DisposeAsync()
        {
            _worker?.Dispose();
            if (_host is not null)
                await _host.DisposeAsync();
        }

        public void Dispose() => _folder.Dispose();
    }
}
