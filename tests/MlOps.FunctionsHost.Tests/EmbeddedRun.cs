using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using MlOps.FunctionsHost.Publishing;

namespace MlOps.FunctionsHost.Tests;

/// <summary>What a pipeline's example makes of itself without any host: the same program, by itself, on a home of its own.</summary>
internal static class EmbeddedRun
{
    /// <summary>Runs a pipeline on its example data, approved beforehand; how the run ended.</summary>
    public static async Task<JsonElement> RunAsync(PublishedApp app, QuickWorkflows repository, string home, string pipeline)
    {
        var start = new ProcessStartInfo(app.Executable) { UseShellExecute = false, RedirectStandardError = true };
        start.Environment["MLOPS_HOME"] = home;
        start.Environment["MLOPS_REPOSITORY"] = repository.Path;
        start.Environment["MLOPS_URL"] = "http://127.0.0.1:0";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            using var http = new HttpClient { BaseAddress = await AddressAsync(process, home) };
            using var started = await http.PostAsJsonAsync($"api/pipelines/{pipeline}/runs", new { autoApprove = true });
            started.EnsureSuccessStatusCode();
            return await Poll.UntilAsync(async () =>
            {
                var runs = await http.GetFromJsonAsync<JsonElement>($"api/runs?pipeline={pipeline}");
                foreach (var run in runs.GetProperty("items").EnumerateArray().Where(r => r.GetProperty("status").GetString() is "released" or "rejected" or "failed"))
                    return await http.GetFromJsonAsync<JsonElement>($"api/runs/{run.GetProperty("runId").GetString()}");
                return (JsonElement?)null;
            });
        }
        finally
        {
            using (var kill = Process.Start("kill", ["-TERM", $"{process.Id}"])) await kill.WaitForExitAsync();
            await process.WaitForExitAsync();
            await errors;
        }
    }

    private static Task<Uri> AddressAsync(Process process, string home) => Poll.UntilAsync(() =>
    {
        Assert.False(process.HasExited);
        try
        {
            return Task.FromResult<Uri?>(new(JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(Path.Combine(home, "system", "host.json"))).GetProperty("url").GetString()!));
        }
        catch (Exception notYet) when (notYet is IOException or JsonException)
        {
            return Task.FromResult<Uri?>(null);
        }
    });
}

/// <summary>Asks again and again, for as long as a busy machine may need.</summary>
internal static class Poll
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(4);

    public static async Task<T> UntilAsync<T>(Func<Task<T?>> ask) where T : struct => (await UntilAsync(async () => await ask() is { } found ? new Box<T>(found) : null)).Value;

    public static async Task<T> UntilAsync<T>(Func<Task<T?>> ask) where T : class
    {
        var started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < s_patience)
        {
            if (await ask() is { } found) return found;
            await Task.Delay(100);
        }

        throw new TimeoutException($"What was waited for did not come within {s_patience}.");
    }

    private sealed record Box<T>(T Value);
}
