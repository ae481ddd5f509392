using System.Text.Json.Nodes;

namespace MlOps.Benchmarks.Serving;

/// <summary>Switches an endpoint to and fro under load, by its manifest alone, as a release does.</summary>
internal sealed class HotSwap(string home, string endpoint)
{
    private const int Swaps = 12;
    private static readonly TimeSpan s_between = TimeSpan.FromMilliseconds(700);

    private string Manifest => Path.Combine(home, "endpoints", endpoint, "manifest.json");

    /// <summary>The load, and for each switch the milliseconds until the last answer of the version before.</summary>
    public async Task<(LoadResult Load, Percentiles SwitchMs)> RunAsync(LoadClient client)
    {
        CopyVersion();
        using var done = new CancellationTokenSource();
        var load = client.RunAsync(TimeSpan.FromMinutes(1), done.Token);
        var switches = new List<(long At, int Version)>();
        for (var i = 0; i < Swaps; i++)
        {
            await Task.Delay(s_between);
            var version = i % 2 is 0 ? 2 : 1;
            switches.Add((WriteManifest(version), version));
        }

        await Task.Delay(s_between);
        await done.CancelAsync();
        var result = await load;
        var last = switches.Select((s, i) => result.Answers
            .Where(a => a.Version > 0 && a.Version != s.Version && a.Received >= s.At && (i + 1 == switches.Count || a.Received < switches[i + 1].At))
            .Select(a => TimeProvider.System.GetElapsedTime(s.At, a.Received).TotalMilliseconds)
            .DefaultIfEmpty(0).Max());
        return (result, new Percentiles(last));
    }

    /// <summary>The same model once more: to serving, a version of its own, which it loads and warms.</summary>
    private void CopyVersion()
    {
        var models = Path.Combine(home, "models", endpoint);
        Directory.CreateDirectory(Path.Combine(models, "2"));
        foreach (var file in Directory.EnumerateFiles(Path.Combine(models, "1"))) File.Copy(file, Path.Combine(models, "2", Path.GetFileName(file)), overwrite: true);
    }

    private long WriteManifest(int version)
    {
        var manifest = JsonNode.Parse(File.ReadAllText(Manifest))!;
        manifest["revision"] = manifest["revision"]!.GetValue<int>() + 1;
        manifest["variants"]![0]!["version"] = version;
        File.WriteAllText(Manifest + ".new", manifest.ToJsonString());
        File.Move(Manifest + ".new", Manifest, overwrite: true);
        return TimeProvider.System.GetTimestamp();
    }
}
