using System.Text.Json;

namespace MlOps.Cli.Commands;

/// <summary>The serving app out of this installation: what its dependency file names, and nothing else.</summary>
internal static class ServingAppFiles
{
    /// <summary>The folder of models beside the app.</summary>
    public const string ModelsFolder = "models";

    /// <summary>What starts the app on that folder.</summary>
    public const string StartScript = "serve";

    private const string AppFolder = "app";
    private const string App = "mlops-serving";
    private static readonly string[] s_nativePatterns = ["libonnxruntime*", "libduckdb*", "onnxruntime*.dll", "duckdb.dll"];

    /// <summary>Writes the app, its start script, and a Dockerfile.</summary>
    public static void WriteTo(string folder)
    {
        var app = Path.Combine(folder, AppFolder);
        foreach (var file in Files())
        {
            var target = Path.Combine(app, file);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(Path.Combine(AppContext.BaseDirectory, file), target);
        }

        var script = Path.Combine(folder, StartScript);
        File.WriteAllText(script, $"""
            #!/bin/sh
            # Serves the models beside it. Arguments go to the app: --url http://0.0.0.0:8080 listens on all addresses.
            here=$(cd -- "$(dirname -- "$0")" && pwd)
            exec dotnet "$here/{AppFolder}/{App}.dll" --models "$here/{ModelsFolder}" "$@"

            """.ReplaceLineEndings("\n"));
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(script, File.GetUnixFileMode(script) | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        File.WriteAllText(Path.Combine(folder, "Dockerfile"), $"""
            FROM mcr.microsoft.com/dotnet/aspnet:10.0
            COPY . /mlops
            EXPOSE 8080
            ENTRYPOINT ["/mlops/{StartScript}", "--url", "http://0.0.0.0:8080", "--drain-seconds", "5"]

            """.ReplaceLineEndings("\n"));
    }

    private static List<string> Files()
    {
        var root = AppContext.BaseDirectory;
        using var dependencies = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(root, $"{App}.deps.json")));
        var libraries = dependencies.RootElement.GetProperty("targets").EnumerateObject().SelectMany(t => t.Value.EnumerateObject()).ToList();
        // Assemblies lie beside the app whatever folder of their package they come from; libraries for several systems keep theirs.
        var assemblies = libraries.SelectMany(l => Names(l, "runtime")).Select(n => Path.GetFileName(n));
        var natives = s_nativePatterns.SelectMany(p => Directory.EnumerateFiles(root, p)).Select(f => Path.GetFileName(f));
        return [.. assemblies
            .Concat(libraries.SelectMany(l => Names(l, "runtimeTargets")))
            .Concat(natives)
            .Concat([$"{App}.dll", $"{App}.deps.json", $"{App}.runtimeconfig.json"])
            .Distinct(StringComparer.Ordinal)
            .Where(f => File.Exists(Path.Combine(root, f)))];
    }

    private static IEnumerable<string> Names(JsonProperty library, string kind) =>
        library.Value.TryGetProperty(kind, out var files) ? files.EnumerateObject().Select(f => f.Name) : [];
}
