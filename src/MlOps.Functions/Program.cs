using MlOps.Functions.Configuration;
using MlOps.Functions.Hosting;

// Behind an Azure Functions host this is its custom handler; by itself it hosts everything on $MLOPS_HOME, as 'mlops up' does.
try
{
    if (args is ["functions", "--out", var folder])
        await HandlerHost.WriteFunctionsAsync(Path.GetFullPath(folder));
    else if (Environment.GetEnvironmentVariable(HandlerSettings.PortName) is not null)
        await HandlerHost.RunAsync(new ConfigurationBuilder().AddEnvironmentVariables().Build());
    else
        await HostEverythingAsync();
    return 0;
}
catch (Exception refused) when (refused is SettingsException or HomeInUseException or MlOps.Core.Specification.Reading.PipelineSpecException)
{
    await Console.Error.WriteLineAsync(refused.Message);
    return 2;
}

static async Task HostEverythingAsync()
{
    var repository = Environment.GetEnvironmentVariable("MLOPS_REPOSITORY") ?? Environment.CurrentDirectory;
    var settings = new HostSettings
    {
        Home = new HomeFolder(Environment.GetEnvironmentVariable("MLOPS_HOME") ?? Path.Combine(repository, ".mlops")),
        Repository = repository,
        Url = Environment.GetEnvironmentVariable("MLOPS_URL") ?? "http://127.0.0.1:7071",
    };
    await using var host = await EmbeddedHost.StartAsync(settings, CancellationToken.None);
    await host.WaitForShutdownAsync(CancellationToken.None);
}
