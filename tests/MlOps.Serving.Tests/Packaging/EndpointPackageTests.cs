using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using MlOps.Storage.Models;

namespace MlOps.Serving.Tests.Packaging;

public sealed class EndpointPackageTests
{
    [Fact]
    public async Task What_is_taken_elsewhere_can_be_checked_there_with_the_tools_at_hand()
    {
        var folder = Directory.CreateTempSubdirectory("mlops-package-").FullName;
        try
        {
            await using var host = await ServingHost.StartAsync();
            var variant = await host.AddModelAsync(1);
            await host.SwitchAsync("sizes", variant);
            await using var zip = await host.Http.GetStreamAsync("api/endpoints/sizes/package");
            await ZipFile.ExtractToDirectoryAsync(zip, folder);

            var package = Path.Combine(folder, ModelPackage.PathOf("adding", 1));
            Assert.Equal(0, await RunAsync("sha256sum", package, "--check", "--strict", "--quiet", ModelPackage.Sums));
            Assert.Equal([.. ModelPackage.Released.Append(ModelPackage.Sums).Order(StringComparer.Ordinal)], Directory.EnumerateFiles(package).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_package_that_was_changed_is_not_handed_out()
    {
        await using var host = await ServingHost.StartAsync();
        await host.SwitchAsync("sizes", await host.AddModelAsync(1));
        var features = ModelPackage.PathOf("adding", 1) + ModelPackage.Features;
        await File.AppendAllTextAsync(host.PathOf(features), "\n");
        using var answer = await host.Http.GetAsync("api/endpoints/sizes/package");
        var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal((409, "urn:mlops:damaged-package"), ((int)answer.StatusCode, problem.GetProperty("type").GetString()));
        Assert.Contains(features, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    private static async Task<int> RunAsync(string program, string folder, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder })!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
