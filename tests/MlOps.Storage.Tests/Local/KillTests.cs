using System.Diagnostics;
using System.Globalization;
using System.Text;
using MlOps.Storage.Blobs;
using MlOps.Storage.Local;

namespace MlOps.Storage.Tests.Local;

public class KillTests
{
    private const int Kills = 12;

    [Fact]
    public async Task A_writer_killed_at_any_moment_leaves_whole_blobs_and_all_that_it_acknowledged()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(1);
        var next = 0;
        for (var kill = 0; kill < Kills; kill++)
        {
            var last = await RunAndKillAsync(folder.Path, next, acknowledgements: 3 + random.Next(20));
            var blobs = new LocalBlobStore(folder.Path, new LocalBlobStoreOptions { ReservedPrefixes = ["system/"] }, TimeProvider.System);
            var newest = -1;
            for (var i = 0; i < KilledWriter.Blobs; i++)
            {
                var content = (await blobs.TryReadAsync(KilledWriter.NameOf(i), default))!.Content.ToArray();
                var number = int.Parse(Encoding.UTF8.GetString(content.AsSpan(0, content.AsSpan().IndexOf((byte)'\n'))), CultureInfo.InvariantCulture);
                Assert.Equal(KilledWriter.ContentOf(number), content);
                Assert.True(number > last - KilledWriter.Blobs, $"Blob {i} holds write {number}, though {last} was acknowledged.");
                newest = Math.Max(newest, number);
            }
            using var tables = new LocalTableStore(folder["system/tables.db"]);
            var counter = (await tables.TryGetAsync("counters", "p", "r", default))!.Json;
            Assert.InRange(int.Parse(counter["{\"n\":".Length..^1], CultureInfo.InvariantCulture), last, newest);
            // The dead process holds nothing: the next write goes through.
            Assert.NotNull(await blobs.TryWriteAsync(KilledWriter.NameOf(newest), KilledWriter.ContentOf(newest), WriteCondition.None, default));
            next = newest + 1;
        }
        Assert.True(next >= 3 * Kills);
    }

    /// <summary>Starts a writer, kills it while it works, and gives the last number that it acknowledged.</summary>
    private static async Task<int> RunAndKillAsync(string folder, int first, int acknowledgements)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardInput = true };
        // The test host is 'dotnet' itself; the program is this assembly.
        foreach (var argument in new[] { "exec", typeof(KilledWriter).Assembly.Location, folder, $"{first}" }) start.ArgumentList.Add(argument);
        using var writer = Process.Start(start)!;
        var last = -1;
        for (var i = 0; i < acknowledgements; i++)
            last = int.Parse(await writer.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The writer ended by itself."), CultureInfo.InvariantCulture);
        writer.Kill();
        // What it had already told before it died counts as well.
        while (await writer.StandardOutput.ReadLineAsync() is { } line)
            if (int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var more)) last = Math.Max(last, more);
        await writer.WaitForExitAsync();
        return last;
    }
}
