using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using MlOps.Storage.Models;

namespace MlOps.Serving.Tests.Health;

public sealed class HealthTests
{
    [Fact]
    public async Task Ready_means_that_every_endpoint_answers()
    {
        await using var host = await ServingHost.StartAsync();
        Assert.Equal(200, (await host.ReadyAsync()).Status);
        await host.SwitchAsync("good", await host.AddModelAsync(1));
        await host.AnswersAsync("good", 200, 1);
        Assert.Equal(200, (await host.ReadyAsync()).Status);

        var bad = await host.AddModelAsync(2);
        await host.SwitchAsync("bad", bad with { Sha256 = new string('0', 64) });
        await host.WarnsAsync("'bad'");
        var (status, body) = await host.ReadyAsync();
        Assert.Equal(503, status);
        Assert.Contains("endpoint 'bad' does not answer", body.Replace("\\u0027", "'", StringComparison.Ordinal), StringComparison.Ordinal);

        await host.SwitchAsync("bad", bad);
        await host.AnswersAsync("bad", 200, 2);
        await Eventually.GetAsync(host.ReadyAsync, ready => ready.Status is 200);
    }

    [Fact]
    public async Task An_endpoint_that_answers_with_an_earlier_manifest_is_ready_and_told()
    {
        await using var host = await ServingHost.StartAsync();
        await host.SwitchAsync("sizes", await host.AddModelAsync(1));
        await host.AnswersAsync("sizes", 200, 1);
        var bad = await host.AddModelAsync(2);
        File.Delete(host.PathOf(ModelPackage.PathOf("adding", 2) + ModelPackage.Model));
        await host.SwitchAsync("sizes", bad);
        await host.WarnsAsync("'sizes'");
        var (status, body) = await host.ReadyAsync();
        Assert.Equal(200, status);
        Assert.Contains("\"behind\":{\"sizes\"", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_the_way_out_it_says_so_first_and_goes_on_answering()
    {
        var time = new HeldTime(TimeSpan.FromSeconds(299));
        await using var host = await ServingHost.StartAsync(s => s.AddSingleton<TimeProvider>(time).Configure<ServingOptions>(o => o.DrainDelay = time.Held));
        await host.SwitchAsync("sizes", await host.AddModelAsync(1));
        await host.AnswersAsync("sizes", 200, 1);

        var stopping = host.StopAsync();
        var (status, body) = await host.ReadyAsync();
        Assert.Equal(503, status);
        Assert.Contains("the server is stopping", body, StringComparison.Ordinal);
        Assert.Equal((200, 1, 8), await host.AskAsync("sizes", 7));
        time.LetGo();
        await stopping;
        await Assert.ThrowsAsync<HttpRequestException>(() => host.AskAsync("sizes", 7));
    }

    [Fact]
    public async Task Requests_under_way_are_answered_before_the_server_stops()
    {
        var arrival = new Arrival();
        await using var host = await ServingHost.StartAsync(s => s.AddSingleton<IStartupFilter>(arrival));
        await host.SwitchAsync("sizes", await host.AddModelAsync(1));
        await host.AnswersAsync("sizes", 200, 1);
        using var slow = new SlowContent("""{"instances":[{"size":1""", "}]}");
        var asked = host.Http.PostAsync("api/endpoints/sizes/predict", slow);
        await arrival.OfSlowContent.WaitAsync(ServingHost.Patience);
        var stopping = host.StopAsync();
        slow.GoOn();
        Assert.True((await asked).IsSuccessStatusCode);
        await stopping;
    }

    /// <summary>The system's time, but who waits for one certain span waits until he is let go.</summary>
    private sealed class HeldTime(TimeSpan held) : TimeProvider
    {
        private Action _letGo = () => throw new InvalidOperationException("Nobody waits.");

        public TimeSpan Held => held;

        public void LetGo() => _letGo();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime != held) return base.CreateTimer(callback, state, dueTime, period);
            _letGo = () => callback(state);
            return base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Tells when the server has begun with a request with a <see cref="SlowContent"/>.</summary>
    private sealed class Arrival : IStartupFilter
    {
        private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task OfSlowContent => _arrived.Task;

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, go) =>
            {
                if (context.Request.Headers.ContainsKey(SlowContent.Mark)) _arrived.TrySetResult();
                return go(context);
            });
            next(app);
        };
    }

    /// <summary>A body whose second half comes when it is told to.</summary>
    private sealed class SlowContent : HttpContent
    {
        public const string Mark = "X-Slow";

        private readonly string _first;
        private readonly string _second;
        private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public SlowContent(string first, string second)
        {
            (_first, _second) = (first, second);
            Headers.ContentType = new("application/json");
            Headers.Add(Mark, "yes");
        }

        public void GoOn() => _goOn.SetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            await stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(_first));
            await stream.FlushAsync();
            await _goOn.Task;
            await stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(_second));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
