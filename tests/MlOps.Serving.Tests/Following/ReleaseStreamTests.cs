using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using MlOps.Core.Endpoints;
using MlOps.Core.Json;
using MlOps.Storage.Blobs;

namespace MlOps.Serving.Tests.Following;

public sealed class ReleaseStreamTests
{
    [Fact]
    public async Task A_subscriber_gets_what_is_in_force_and_then_each_release()
    {
        await using var host = await ServingHost.StartAsync();
        var (one, two) = (await host.AddModelAsync(1), await host.AddModelAsync(2));
        await ReleaseAsync(host, 1, one);
        await using var events = Follow(host, lastEventId: null);
        Assert.Equal((1, 1), await NextAsync(events));
        // The same variants again are no release, such as while another one holds the endpoint.
        await ReleaseAsync(host, 2, one);
        await ReleaseAsync(host, 3, two);
        Assert.Equal((3, 2), await NextAsync(events));
    }

    [Fact]
    public async Task Whoever_lost_the_connection_goes_on_after_the_last_event_that_came()
    {
        await using var host = await ServingHost.StartAsync();
        var (one, two) = (await host.AddModelAsync(1), await host.AddModelAsync(2));
        await ReleaseAsync(host, 1, one);
        await ReleaseAsync(host, 2, two);
        await ReleaseAsync(host, 3, one);
        await using var events = Follow(host, lastEventId: "1");
        Assert.Equal((2, 2), await NextAsync(events));
        Assert.Equal((3, 1), await NextAsync(events));
    }

    [Theory]
    [InlineData("none", null, HttpStatusCode.NotFound)]
    [InlineData("adding", "seven", HttpStatusCode.BadRequest)]
    [InlineData("adding", "7", HttpStatusCode.BadRequest)]
    public async Task What_cannot_be_followed_is_refused(string endpoint, string? lastEventId, HttpStatusCode status)
    {
        await using var host = await ServingHost.StartAsync();
        await ReleaseAsync(host, 1, await host.AddModelAsync(1));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"api/endpoints/{endpoint}/releases");
        if (lastEventId is not null) request.Headers.Add("Last-Event-ID", lastEventId);
        using var answer = await host.Http.SendAsync(request);
        Assert.Equal((status, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
    }

    /// <summary>A release as the store writes it: the history first.</summary>
    private static async Task ReleaseAsync(ServingHost host, int revision, EndpointVariant variant)
    {
        var manifest = ServingHost.Manifest("adding", revision, variant);
        await host.Blobs.WriteJsonAsync($"endpoints/adding/history/{revision:D8}.json", manifest, default);
        await host.WriteManifestAsync(manifest);
    }

    private static IAsyncEnumerator<SseItem<string>> Follow(ServingHost host, string? lastEventId)
    {
        return ReadAsync().GetAsyncEnumerator();

        async IAsyncEnumerable<SseItem<string>> ReadAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "api/endpoints/adding/releases");
            if (lastEventId is not null) request.Headers.Add("Last-Event-ID", lastEventId);
            using var answer = await host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            answer.EnsureSuccessStatusCode();
            await using var body = await answer.Content.ReadAsStreamAsync();
            await foreach (var item in SseParser.Create(body).EnumerateAsync()) yield return item;
        }
    }

    private static async Task<(int Revision, int Version)> NextAsync(IAsyncEnumerator<SseItem<string>> events)
    {
        Assert.True(await events.MoveNextAsync().AsTask().WaitAsync(ServingHost.Patience));
        var manifest = JsonSerializer.Deserialize<EndpointManifest>(events.Current.Data, MlOpsJson.Compact)!;
        Assert.Equal(("release", $"{manifest.Revision}"), (events.Current.EventType, events.Current.EventId));
        return (manifest.Revision, manifest.Variants[0].Version);
    }
}
