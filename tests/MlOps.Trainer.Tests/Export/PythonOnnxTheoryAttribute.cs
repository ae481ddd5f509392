using System.ComponentModel;
using System.Diagnostics;

namespace MlOps.Trainer.Tests.Export;

/// <summary>A theory that needs Python's onnx package; skipped, with the reason in the report, where there is none.</summary>
internal sealed class PythonOnnxTheoryAttribute : TheoryAttribute
{
    // Debian's interpreter: the one that python3-onnx belongs to.
    public const string Python = "/usr/bin/python3";

    private static readonly Lazy<string?> s_missing = new(Missing);

    public PythonOnnxTheoryAttribute() => Skip = s_missing.Value;

    /// <summary>Runs a script; gives its exit code and what it wrote.</summary>
    public static (int ExitCode, string Output) Run(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(Python) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in (string[])["-c", script, .. arguments]) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.GetAwaiter().GetResult());
    }

    private static string? Missing()
    {
        try
        {
            return Run("import onnx").ExitCode == 0 ? null : $"{Python} has no onnx package: apt-get install python3-onnx";
        }
        catch (Win32Exception)
        {
            return $"There is no {Python}: apt-get install python3-onnx";
        }
    }
}
