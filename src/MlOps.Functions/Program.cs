using MlOps.Functions.Hosting;

// Hosts everything on $MLOPS_HOME, as 'mlops up' does. MLOPS_URL says where to listen.
var repository = Environment.GetEnvironmentVariable("MLOPS_REPOSITORY") ?? Environment.CurrentDirectory;
var settings = new HostSettings
{
    Home = new HomeFolder(Environment.GetEnvironmentVariable("MLOPS_HOME") ?? Path.Combine(repository, ".mlops")),
    Repository = repository,
    Url = Environment.GetEnvironmentVariable("MLOPS_URL") ?? "http://127.0.0.1:7071",
};
await using var host = await EmbeddedHost.StartAsync(settings, CancellationToken.None);
await host.WaitForShutdownAsync(CancellationToken.None);
