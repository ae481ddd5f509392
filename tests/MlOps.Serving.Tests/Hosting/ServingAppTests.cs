using System.Diagnostics;
using System.IO.Compression;
using System.Net.Http.Json;
using System.Text.Json;

namespace MlOps.Serving.Tests.Hosting;

/// <summary>The app as an edge box has it: a published folder and a folder of models, in a process of its own.</summary>
public sealed class ServingAppTests(ServingAppTests.Published app) : IClassFixture<ServingAppTests.Published>
{
    [Fact]
    public async Task A_package_of_an_endpoint_answers_elsewhere()
    {
        var folder = Directory.CreateTempSubdirectory("mlops-edge-").FullName;
        try
        {
            await using (var host = await ServingHost.StartAsync())
            {
                await host.SwitchAsync("sizes", await host.AddModelAsync(4));
                await host.FollowsAsync("sizes", 1);
                await using var zip = await host.Http.GetStreamAsync("api/endpoints/sizes/package");
                await ZipFile.ExtractToDirectoryAsync(zip, folder);
            }

            await using var box = await app.StartAsync("--models", folder);
            Assert.Equal(200, (int)(await box.Http.GetAsync("health/ready")).StatusCode);
            var answer = await box.PredictAsync(6);
            Assert.Equal(10, answer.GetProperty("predictions")[0].GetProperty("value").GetDouble());

            var metrics = await box.Http.GetFromJsonAsync<JsonElement>("api/endpoints/sizes/metrics");
            Assert.Equal(1, metrics.GetProperty("variants")[0].GetProperty("requests").GetInt32());
            Assert.True(metrics.GetProperty("device").GetProperty("processMemoryBytes").GetInt64() > 1 << 20);
            var text = await box.Http.GetStringAsync("metrics");
            Assert.Contains("mlops_serving_rows_total{endpoint=\"sizes\",variant=\"champion\",version=\"4\",mirrored=\"false\"} 1\n", text, StringComparison.Ordinal);
            Assert.Contains("mlops_serving_models 1\n", text, StringComparison.Ordinal);

            var unknown = await box.Http.GetAsync("nowhere");
            Assert.Equal("application/problem+json", unknown.Content.Headers.ContentType!.MediaType);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task It_follows_its_folder_and_drains_when_it_is_told_to_stop()
    {
        await using var host = await ServingHost.StartAsync();
        await host.SwitchAsync("sizes", await host.AddModelAsync(1));
        await using var box = await app.StartAsync("--models", host.Home, "--drain-seconds", "8");
        Assert.Equal(1, (await box.PredictAsync(0)).GetProperty("version").GetInt32());
        await host.SwitchAsync("sizes", await host.AddModelAsync(2));
        await Eventually.GetAsync(() => box.PredictAsync(0), answer => answer.GetProperty("version").GetInt32() is 2);

        box.Terminate();
        await Eventually.GetAsync(() => box.Http.GetAsync("health/ready"), answer => (int)answer.StatusCode is 503);
        Assert.Equal(2, (await box.PredictAsync(0)).GetProperty("version").GetInt32());
        Assert.Equal(0, await box.ExitCodeAsync());
    }

    [Theory]
    [InlineData("--models", "/nowhere/at/all", "there is no folder /nowhere/at/all")]
    [InlineData("--modles", "x", "--modles")]
    public async Task What_cannot_be_started_says_why(string option, string value, string said)
    {
        var (exitCode, errors) = await app.RunAsync(option, value);
        Assert.Equal(2, exitCode);
        Assert.Contains(said, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_that_cannot_be_used_are_named_with_their_values_and_what_is_expected()
    {
        var (exitCode, errors) = await app.RunWithAsync([("Storage__Account", "mlops"), ("Storage__CacheBytes", "much"), ("Storage__NetworkTimeout", "long"), ("Storage__Container", "A B")]);
        Assert.Equal(2, exitCode);
        Assert.Contains("Storage:CacheBytes is 'much': expected a whole number", errors, StringComparison.Ordinal);
        Assert.Contains("Storage:NetworkTimeout is 'long': expected hours:minutes:seconds", errors, StringComparison.Ordinal);
        Assert.Contains("Storage:Container is 'A B'", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);

        foreach (var (name, value, said) in new[] { ("Serving__MaxInstances", "many", "'many' at 'Serving:MaxInstances'"), ("Serving__MaxInstances", "0", "MaxInstances") })
        {
            (exitCode, errors) = await app.RunWithAsync([(name, value)], "--models", Path.GetTempPath());
            Assert.Equal(2, exitCode);
            Assert.Contains(said, errors, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        }
    }

    /// <summary>The app, published once.</summary>
    public sealed class Published : IAsyncLifetime
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("mlops-published-").FullName;

        public async Task InitializeAsync()
        {
            // What was built is laid out as it is deployed; nothing is compiled again.
            var configuration = AppContext.BaseDirectory.Contains("/debug/", StringComparison.Ordinal) ? "Debug" : "Release";
            var (exitCode, output) = await RunAsync("dotnet", ["publish", ProjectFolder(), "-c", configuration, "--no-build", "-o", _folder, "--nologo", "-v", "quiet"]);
            Assert.True(exitCode is 0, output);
        }

        internal async Task<Box> StartAsync(params string[] arguments)
        {
            var process = Start("dotnet", [Path.Combine(_folder, "mlops-serving.dll"), "--url", "http://127.0.0.1:0", .. arguments]);
            while (await process.StandardError.ReadLineAsync() is { } line)
            {
                if (!line.StartsWith("Listening at ", StringComparison.Ordinal)) continue;
                _ = process.StandardError.ReadToEndAsync();
                return new Box(process, new Uri(line["Listening at ".Length..] + "/"));
            }

            throw new InvalidOperationException($"the app ended with {process.ExitCode} before it listened");
        }

        public Task<(int ExitCode, string Output)> RunAsync(params string[] arguments) => RunWithAsync([], arguments);

        public Task<(int ExitCode, string Output)> RunWithAsync((string Name, string Value)[] settings, params string[] arguments) =>
            RunAsync("env", [.. settings.Select(s => $"{s.Name}={s.Value}"), "dotnet", Path.Combine(_folder, "mlops-serving.dll"), .. arguments]);

        public Task DisposeAsync()
        {
            Directory.Delete(_folder, recursive: true);
            return Task.CompletedTask;
        }

        private static async Task<(int ExitCode, string Output)> RunAsync(string program, string[] arguments)
        {
            using var process = Start(program, arguments);
            var (errors, output) = (process.StandardError.ReadToEndAsync(), process.StandardOutput.ReadToEndAsync());
            await process.WaitForExitAsync();
            return (process.ExitCode, await errors + await output);
        }

        private static Process Start(string program, string[] arguments) =>
            Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;

        private static string ProjectFolder()
        {
            var root = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(root, "MlOps.Functions.sln"))) root = Path.GetDirectoryName(root)!;
            return Path.Combine(root, "src", "MlOps.Serving");
        }
    }

    /// <summary>A running app.</summary>
    internal sealed class Box(Process process, Uri address) : IAsyncDisposable
    {
        public HttpClient Http { get; } = new() { BaseAddress = address };

        public async Task<JsonElement> PredictAsync(double size)
        {
            using var response = await Http.PostAsJsonAsync("api/endpoints/sizes/predict", new { instances = new[] { new { size } } });
            return await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
        }

        public void Terminate() => Process.Start("kill", ["-TERM", $"{process.Id}"]).WaitForExit();

        public async Task<int> ExitCodeAsync()
        {
            await process.WaitForExitAsync().WaitAsync(ServingHost.Patience);
            return process.ExitCode;
        }

        public ValueTask DisposeAsync()
        {
            Http.Dispose();
            if (!process.HasExited) process.Kill();
            process.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
