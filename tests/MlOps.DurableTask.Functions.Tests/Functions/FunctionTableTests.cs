using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace MlOps.DurableTask.Functions.Tests.Functions;

public class FunctionTableTests
{
    [Fact]
    public void Whatever_is_registered_is_a_function()
    {
        var table = Table(new Timers("Nightly"), new Routes("api/{*path}"));
        Assert.Equal(["Wait", "Work", "Nightly", "Route"], table.Definitions.Select(d => d.Name));
        Assert.Equal(["orchestrationTrigger", "activityTrigger", "timerTrigger", "httpTrigger"], table.Definitions.Select(d => (string)d.Bindings[0]["type"]!));
        Assert.Equal("durableClient", (string)table.Definitions[2].Bindings[1]["type"]!);
    }

    [Fact]
    public void Two_functions_cannot_share_a_name_whatever_its_case() =>
        Assert.Contains("'work'", Assert.Throws<InvalidOperationException>(() => Table(new Timers("work"))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("{*path}")]
    [InlineData("{tenant}/api")]
    [InlineData("/")]
    [InlineData("work/{*path}")]
    [InlineData("Wait")]
    public void A_route_from_outside_cannot_reach_a_function(string route) =>
        Assert.Contains(route, Assert.Throws<InvalidOperationException>(() => Table(routes: new Routes(route))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("1st")]
    [InlineData("a b")]
    [InlineData("../up")]
    [InlineData("name\n")]
    public void A_name_that_no_host_would_take_is_refused(string name) =>
        Assert.Throws<ArgumentException>(() => new FunctionDefinition(name, FunctionBindings.ActivityTrigger()));

    [Fact]
    public void Files_of_functions_that_are_no_more_go_away()
    {
        using var folder = new TemporaryFolder();
        var root = folder[""];
        FunctionFiles.Write([new("Old", FunctionBindings.ActivityTrigger()), new("Same", FunctionBindings.ActivityTrigger())], root);
        FunctionFiles.Write([new("Same", FunctionBindings.ActivityTrigger()), new("New", FunctionBindings.OrchestrationTrigger())], root);
        Assert.Equal(["New", "Same"], Directory.EnumerateDirectories(root).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal));
        var written = JsonNode.Parse(File.ReadAllText(Path.Combine(root, "New", "function.json")))!;
        Assert.Equal("""{"bindings":[{"name":"context","type":"orchestrationTrigger","direction":"in"}]}""", written.ToJsonString());
    }

    private static FunctionTable Table(Timers? timers = null, Routes? routes = null)
    {
        var services = new ServiceCollection()
            .AddSingleton<Microsoft.Extensions.Logging.ILoggerFactory>(NullLoggerFactory.Instance)
            .AddDurableTask(registry => registry
                .AddOrchestratorFunc<object?>("Wait", (_, _) => Task.CompletedTask)
                .AddActivityFunc<object?>("Work", (_, _) => Task.CompletedTask))
            .AddFunctionsHost();
        if (timers is not null) services.AddSingleton<ITriggerFunctions>(timers);
        if (routes is not null) services.AddSingleton<IHttpFunctions>(routes);
        return services.BuildServiceProvider().GetRequiredService<FunctionTable>();
    }

    private sealed class Timers(string name) : ITriggerFunctions
    {
        public IEnumerable<TriggerFunction> List() => [new(name, FunctionBindings.TimerTrigger("0 0 3 * * *"), (_, _) => Task.CompletedTask)];
    }

    private sealed class Routes(string route) : IHttpFunctions
    {
        public IEnumerable<FunctionDefinition> List() => [new("Route", FunctionBindings.Http(route, "anonymous", "get"))];
    }
}
