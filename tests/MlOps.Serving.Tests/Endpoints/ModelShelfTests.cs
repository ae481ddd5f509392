using Microsoft.Extensions.DependencyInjection;
using MlOps.Serving.Endpoints;
using MlOps.Storage.Models;

namespace MlOps.Serving.Tests.Endpoints;

public sealed class ModelShelfTests
{
    [Fact]
    public async Task More_models_than_the_memory_has_room_for_answer_all_the_same()
    {
        // A model of this test is some 150 bytes: room for about two.
        await using var host = await ServingHost.StartAsync(s => s.Configure<ServingOptions>(o => o.MaxModelBytes = 1000));
        for (var i = 1; i <= 5; i++) await host.SwitchAsync($"sizes{i}", await host.AddModelAsync(i));
        for (var i = 1; i <= 5; i++) await host.FollowsAsync($"sizes{i}", 1);
        var shelf = host.Services.GetRequiredService<ModelShelf>();
        Assert.InRange(shelf.InMemory.Models, 1, 3);

        var clients = Enumerable.Range(0, 4).Select(client => Task.Run(async () =>
        {
            for (var i = 0; i < 25; i++)
            {
                var version = 1 + ((client + i) % 5);
                Assert.Equal((200, version, 10 + version), await host.AskAsync($"sizes{version}", 10));
            }
        }));
        await Task.WhenAll(clients);
        Assert.InRange(shelf.InMemory.Bytes, 1, 1000);
    }

    [Fact]
    public async Task The_model_asked_for_last_stays_and_one_that_cannot_come_back_is_told()
    {
        await using var host = await ServingHost.StartAsync(s => s.Configure<ServingOptions>(o => o.MaxModelBytes = 1));
        await host.SwitchAsync("first", await host.AddModelAsync(1));
        await host.FollowsAsync("first", 1);
        await host.SwitchAsync("second", await host.AddModelAsync(2));
        await host.FollowsAsync("second", 1);
        File.Delete(host.PathOf(ModelPackage.PathOf("adding", 1) + ModelPackage.Model));

        Assert.Equal(200, (await host.AskAsync("second", 1)).Status);
        var (response, problem) = await host.PostAsync("api/endpoints/first/predict", new { instances = new[] { new { size = 5 } } });
        Assert.Equal(503, (int)response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.Equal("urn:mlops:model-away", problem.GetProperty("type").GetString());
        Assert.Equal(200, (await host.AskAsync("second", 1)).Status);
        Assert.Equal((1, 1), await ErrorsAsync(host, "first"));
    }

    [Fact]
    public async Task Endpoints_with_the_same_model_share_it()
    {
        await using var host = await ServingHost.StartAsync();
        var variant = await host.AddModelAsync(1);
        await host.SwitchAsync("a", variant);
        await host.SwitchAsync("b", variant);
        await host.FollowsAsync("a", 1);
        await host.FollowsAsync("b", 1);
        Assert.Equal(1, host.Services.GetRequiredService<ModelShelf>().InMemory.Models);

        await host.SwitchAsync("a");
        await host.AnswersAsync("a", 404, 0);
        Assert.Equal(200, (await host.AskAsync("b", 1)).Status);
        await host.SwitchAsync("b");
        await host.AnswersAsync("b", 404, 0);
        Assert.Equal(0, host.Services.GetRequiredService<ModelShelf>().InMemory.Models);
    }

    private static async Task<(long, long)> ErrorsAsync(ServingHost host, string endpoint) =>
        (await host.MetricsAsync(endpoint))!.Of("champion") is { } m ? (m.Requests, m.Errors) : default;
}
