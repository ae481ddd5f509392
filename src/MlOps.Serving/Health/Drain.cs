using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace MlOps.Serving.Health;

/// <summary>On the way out: first says that it is not ready, goes on answering for a while, and only then lets the server stop.</summary>
internal sealed class Drain(ServingState state, IOptions<ServingOptions> options, TimeProvider time) : IHostedLifecycleService
{
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        state.Drain();
        return options.Value.DrainDelay > TimeSpan.Zero ? WaitAsync(cancellationToken) : Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(options.Value.DrainDelay, time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The host's patience is over: it stops now.
        }
    }
}
