using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using MlOps.Core.Specification;
using MlOps.Core.Specification.Reading;

namespace MlOps.Pipelines.Runs;

/// <summary>The pipelines that there are: <c>workflows/&lt;name&gt;/pipeline.yaml</c>, looked at anew at each question.</summary>
public sealed class PipelineCatalog(IOptions<PipelineOptions> options)
{
    // Triggers ask several times a second: the same text is read once.
    private readonly ConcurrentDictionary<string, (PipelineSpec Spec, string Text)> _read = new(StringComparer.Ordinal);

    private string Folder => Path.GetFullPath(options.Value.WorkflowsFolder);

    /// <summary>Names of the folders that hold a <c>pipeline.yaml</c>, in ordinal order.</summary>
    public IReadOnlyList<string> Names() => Directory.Exists(Folder)
        ? [.. Directory.EnumerateDirectories(Folder).Where(f => File.Exists(Path.Combine(f, "pipeline.yaml"))).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>What the file of a pipeline says, whether it can be used or not.</summary>
    internal string ReadText(string name) => File.ReadAllText(Path.Combine(Folder, name, "pipeline.yaml"));

    /// <summary>A pipeline's specification and the text it was read from; <see langword="null"/> when there is no such pipeline.</summary>
    /// <exception cref="PipelineSpecException">The file cannot be used, or it names another pipeline than its folder.</exception>
    public (PipelineSpec Spec, string Text)? TryRead(string name)
    {
        if (!Names().Contains(name)) return null;
        var shown = $"workflows/{name}/pipeline.yaml";
        var text = ReadText(name);
        if (_read.TryGetValue(name, out var known) && known.Text == text) return known;
        var spec = PipelineSpecReader.Read(text, shown);
        return spec.Name == name
            ? _read[name] = (spec, text)
            : throw new PipelineSpecException([new(new(shown, 1, 1), $"'name' is '{spec.Name}', its folder '{name}'.", "Make them the same.")]);
    }
}
