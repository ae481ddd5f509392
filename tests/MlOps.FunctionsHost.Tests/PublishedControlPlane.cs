using System.Diagnostics;
using MlOps.FunctionsHost.Publishing;

namespace MlOps.FunctionsHost.Tests;

/// <summary>The application as <c>dotnet publish</c> makes it, once for all tests.</summary>
public sealed class PublishedControlPlane : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mlops-published-");

    internal PublishedApp App { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        var configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)).StartsWith("debug", StringComparison.OrdinalIgnoreCase) ? "Debug" : "Release";
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = Repository.Root, RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in (string[])["publish", "src/MlOps.Functions", "-c", configuration, "--no-build", "-o", _folder.FullName, "-nologo", "-v", "q"]) start.ArgumentList.Add(argument);
        using var publish = Process.Start(start)!;
        var output = await publish.StandardOutput.ReadToEndAsync();
        await publish.WaitForExitAsync();
        Assert.True(publish.ExitCode is 0, output);
        // Without it, a trainer that brings its own runtime takes itself for dotnet.
        Assert.True(File.Exists(Path.Combine(_folder.FullName, "mlops-trainer.deps.json")));
        App = PublishedApp.Read(_folder.FullName);
    }

    public Task DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return Task.CompletedTask;
    }
}

[CollectionDefinition(Name)]
public sealed class PublishedControlPlaneGroup : ICollectionFixture<PublishedControlPlane>
{
    public const string Name = "published";
}
