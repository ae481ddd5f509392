using System.Globalization;
using System.Text.Json;
namespace MlOps.EndToEnd.Tests;

/// <summary>A server with a run that waits for people.</summary>
internal sealed class WaitingRun : IAsyncDisposable
{
    private readonly Workflows _workflows;
    private readonly Installation _installation;

    private WaitingRun(Workflows workflows, Installation installation, Server server, string id) =>
        (_workflows, _installation, Server, Id) = (workflows, installation, server, id);

    public Server Server { get; private set; }

    /// <summary>Id of the run, and of the request.</summary>
    public string Id { get; }

    /// <param name="approval">The keys of <c>approval</c>.</param>
    /// <param name="withChampion">Whether a version is in production already, so that there is something to compare with.</param>
    public static async Task<WaitingRun> StartAsync(string approval, bool withChampion = false)
    {
        var workflows = new Workflows();
        var installation = new Installation(workflows.Root);
        var server = await Server.StartAsync(installation);
        try
        {
            if (withChampion)
            {
                workflows.WriteShop("shop", "gates: [auc >= 0.6]");
                await RunToAsync(server, installation, "released", Workflows.Visits());
            }

            workflows.WriteShop("shop", $"gates: [auc >= 0.5, brier <= 0.3]\nevaluation: {{ slices: [city] }}\napproval: {{ {approval} }}");
            var id = await RunToAsync(server, installation, "waitingForApproval", Workflows.Visits(500, first: 100));
            return new WaitingRun(workflows, installation, server, id);
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>The link in the message that the outbox has for an approver.</summary>
    public async Task<Uri> LinkOfAsync(string approver)
    {
        var end = DateTime.UtcNow + Eventually.Patience;
        while (DateTime.UtcNow < end)
        {
            foreach (var file in Directory.Exists(_installation.PathOf("outbox")) ? Directory.GetFiles(_installation.PathOf("outbox"), "*.json") : [])
            {
                var data = JsonDocument.Parse(await File.ReadAllTextAsync(file)).RootElement.GetProperty("data");
                if (data.TryGetProperty("recipient", out var recipient) && recipient.GetString() == approver)
                    return new Uri(data.GetProperty("links")[0].GetProperty("url").GetString()!);
            }

            await Task.Delay(50);
        }

        throw new InvalidOperationException($"No message for {approver} is in the outbox.");
    }

    /// <summary>kill -9, and a new server on the same home; its port is another one.</summary>
    public async Task KillAndRestartAsync()
    {
        Server.Kill();
        Server.Dispose();
        Server = await Server.StartAsync(_installation);
    }

    public async Task<JsonElement> RequestAsync() => (await Server.SendAsync(HttpMethod.Get, $"/api/approvals/{Id}")).Body;

    public async Task<IReadOnlyList<string>> AuditedAsync() =>
        [.. (await Server.SendAsync(HttpMethod.Get, "/api/audit?take=1000")).Body.GetProperty("items").EnumerateArray().Reverse().Select(e => e.GetProperty("event").GetProperty("action").GetString()!)];

    /// <summary>Waits until the run goes on with a decision; one that is tied to a share of the traffic goes no further by itself.</summary>
    public async Task GoesOnAsync()
    {
        var end = DateTime.UtcNow + Eventually.Patience;
        while ((await Server.SendAsync(HttpMethod.Get, $"/api/runs/{Id}")).Body is var run && run.GetProperty("status").GetString() is not ("running" or "released"))
        {
            Assert.True(DateTime.UtcNow < end, $"the run does not go on: {run}");
            await Task.Delay(50);
        }
    }

    public async Task StatusBecomesAsync(string status) => await StatusBecomesAsync(Server, Id, status);

    public ValueTask DisposeAsync()
    {
        Server.Dispose();
        _installation.Dispose();
        _workflows.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task<string> RunToAsync(Server server, Installation installation, string status, string visits)
    {
        var before = (await server.SendAsync(HttpMethod.Get, "/api/runs")).Body.GetProperty("items").GetArrayLength();
        installation.Drop("shop", string.Create(CultureInfo.InvariantCulture, $"visits-{before}.csv"), visits);
        var end = DateTime.UtcNow + Eventually.Patience;
        while (DateTime.UtcNow < end)
        {
            var runs = (await server.SendAsync(HttpMethod.Get, "/api/runs")).Body.GetProperty("items").EnumerateArray().OrderByDescending(r => r.GetProperty("createdAt").GetDateTimeOffset()).ToList();
            if (runs.Count > before)
            {
                var id = runs[0].GetProperty("runId").GetString()!;
                await StatusBecomesAsync(server, id, status);
                return id;
            }

            await Task.Delay(50);
        }

        throw new InvalidOperationException("The dropped file started no run.");
    }

    private static async Task StatusBecomesAsync(Server server, string id, string status)
    {
        var end = DateTime.UtcNow + Eventually.Patience;
        while (true)
        {
            var run = (await server.SendAsync(HttpMethod.Get, $"/api/runs/{id}")).Body;
            var now = run.GetProperty("status").GetString();
            if (now == status) return;
            Assert.True(DateTime.UtcNow < end && now is "queued" or "running" or "waitingForApproval", $"run {id} is {now}, not {status}: {run}");
            await Task.Delay(50);
        }
    }
}
