using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MlOps.DurableTask;
using MlOps.DurableTask.CrashHost;
using MlOps.DurableTask.Sqlite;

// usage: CrashHost <hub file> <journal file> <instances> <activity delay in ms>
// Starts the instances that do not exist yet, prints "ready", waits for all, prints "done". Made to be killed at any moment.
var (hubFile, journalFile, instances, delay) = (args[0], args[1], int.Parse(args[2]), TimeSpan.FromMilliseconds(int.Parse(args[3])));

var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddSingleton(new Journal(journalFile));
builder.Services.AddSingleton(new ActivityDelay(delay));
builder.Services.AddDurableTask(tasks => tasks.AddOrchestrator<Journey>().AddOrchestrator<Leg>().AddActivity<Mark>());
builder.Services.AddEmbeddedTaskHub(options =>
{
    options.Path = hubFile;
    options.MaxConcurrentActivities = 32;
});
using var host = builder.Build();
await host.StartAsync();

var client = host.Services.GetRequiredService<DurableTaskClient>();
var starts = Enumerable.Range(0, instances).Select(i => client.ScheduleNewOrchestrationInstanceAsync(
    nameof(Journey), 2, new StartOrchestrationOptions { InstanceId = $"journey-{i}", IdReuse = InstanceIdReuse.IgnoreIfExists }));
var ids = await Task.WhenAll(starts);
Console.WriteLine("ready");
await Task.WhenAll(ids.Select(id => client.WaitForInstanceCompletionAsync(id)));
await host.StopAsync();
Console.WriteLine("done");
