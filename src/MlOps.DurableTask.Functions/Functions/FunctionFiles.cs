using System.Text.Encodings.Web;
using System.Text.Json;

namespace MlOps.DurableTask.Functions;

/// <summary>The function.json files of a published application.</summary>
public static class FunctionFiles
{
    private static readonly JsonSerializerOptions s_readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes one folder a function, and removes the folders of functions that are no more.</summary>
    /// <param name="functions">All functions of the application.</param>
    /// <param name="folder">The published application's folder.</param>
    public static void Write(IReadOnlyCollection<FunctionDefinition> functions, string folder)
    {
        foreach (var stale in Directory.EnumerateFiles(folder, "function.json", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 }).ToList())
        {
            var name = Path.GetFileName(Path.GetDirectoryName(stale)!);
            if (!functions.Any(f => f.Name == name)) Directory.Delete(Path.GetDirectoryName(stale)!, recursive: true);
        }
        foreach (var function in functions)
        {
            var own = Directory.CreateDirectory(Path.Combine(folder, function.Name)).FullName;
            File.WriteAllText(Path.Combine(own, "function.json"), function.ToJson().ToJsonString(s_readable) + "\n");
        }
    }
}
