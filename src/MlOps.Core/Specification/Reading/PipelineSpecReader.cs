using System.Text;
using MlOps.Core.Specification.Reading.Shapes;
using MlOps.Core.Specification.Reading.Yaml;

namespace MlOps.Core.Specification.Reading;

/// <summary>Reads <c>pipeline.yaml</c>. What it returns is whole and consistent; what it refuses, it refuses with every reason at once.</summary>
public static class PipelineSpecReader
{
    /// <summary>Largest file, in bytes of UTF-8.</summary>
    public const int MostBytes = 1024 * 1024;

    /// <summary>Reads a pipeline from the bytes of its file.</summary>
    /// <param name="utf8">The file's content; a UTF-8 byte-order mark is allowed.</param>
    /// <param name="fileName">Name for messages, as the user knows the file.</param>
    /// <exception cref="PipelineSpecException">The file cannot be used; names every problem.</exception>
    public static PipelineSpec Read(ReadOnlySpan<byte> utf8, string fileName)
    {
        RefuseTooLarge(utf8.Length, fileName);
        var content = utf8.StartsWith(Encoding.UTF8.Preamble) ? utf8[Encoding.UTF8.Preamble.Length..] : utf8;
        try
        {
            return Read(new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(content), fileName);
        }
        catch (DecoderFallbackException e)
        {
            var line = content[..Math.Clamp(e.Index, 0, content.Length)].Count((byte)'\n') + 1;
            throw Refusal(new(fileName, line, 1), "the file is no UTF-8 text.", "Save it as UTF-8.");
        }
    }

    /// <summary>Reads a pipeline from the text of its file.</summary>
    /// <param name="text">The file's content.</param>
    /// <param name="fileName">Name for messages, as the user knows the file.</param>
    /// <exception cref="PipelineSpecException">The file cannot be used; names every problem.</exception>
    public static PipelineSpec Read(string text, string fileName)
    {
        RefuseTooLarge(Encoding.UTF8.GetByteCount(text), fileName);
        var problems = new ProblemList();
        var root = YamlTree.Read(text.TrimStart('\uFEFF'), fileName, problems);
        var fields = root is null ? null : (Fields?)PipelineFormat.Pipeline.Read(root, "", problems);
        if (fields is null)
        {
            problems.ThrowIfAny();
            throw new InvalidOperationException("A pipeline that could not be read left no problem behind.");
        }
        var spec = Assemble(fields, problems);
        problems.ThrowIfAny();
        return spec;
    }

    private static PipelineSpec Assemble(Fields fields, ProblemList problems)
    {
        var name = fields.Find<string>("name") ?? "";
        var columns = DataReader.ReadColumns(fields.Find<Fields>("data"), problems);
        var features = FeaturesReader.Read(fields.Find<Fields>("features"), columns, problems);
        var metrics = new MetricFit(fields.Find<Fields>("features")?.Find<Fields>("label"), problems);
        var training = TrainingReader.Read(fields.Find<Fields>("training"), fields.Position, metrics, problems);
        var evaluation = EvaluationReader.Read(fields.Find<Fields>("evaluation"), columns, features, metrics, problems);
        return new PipelineSpec
        {
            Name = name,
            Description = fields.Find<string>("description") ?? "",
            Owner = fields.Find<string>("owner") ?? "",
            Triggers = TriggerReader.Read(fields.Find<Fields>("triggers"), name, problems),
            Data = DataReader.Read(fields.Find<Fields>("data"), columns, problems),
            Features = features,
            Training = training,
            Evaluation = evaluation,
            Gates = EvaluationReader.ReadGates(fields.FindList("gates"), evaluation, metrics, problems),
            Approval = ApprovalReader.Read(fields.Find<Fields>("approval"), problems),
            Release = ReleaseReader.Read(fields.Find<Fields>("release"), name, columns, problems),
            Monitors = MonitorsReader.Read(fields.Find<Fields>("monitors"), columns, metrics, problems),
            Scoring = ScoringFormat.Read(fields.Find<Fields>("scoring")),
            Notify = NotifyReader.Read(fields.Find<Fields>("notify"), problems),
            Example = ReadExample(fields.Find<Fields>("example"), problems),
        };
    }

    private static ExampleSpec? ReadExample(Fields? fields, ProblemList problems)
    {
        if (fields is null) return null;
        var source = fields.Find<string>("source") ?? "";
        if (source.StartsWith('/') || source.Contains('\\', StringComparison.Ordinal) || source.Split('/').Any(s => s is ".." or "."))
            problems.Add(fields.At("source"), $"'{source}' is no value of 'example.source': it must stay below node_modules.", "Name a file of an installed package, such as vega-datasets/data/penguins.json.");
        return new ExampleSpec
        {
            Source = source,
            Partition = fields.Find<string>("partition"),
            Drop = (int)(fields.FindValue<long>("drop") ?? 1),
        };
    }

    private static void RefuseTooLarge(int bytes, string fileName)
    {
        if (bytes > MostBytes)
            throw Refusal(new(fileName, 1, 1), $"the file has {bytes} bytes, more than {MostBytes}.", "A pipeline definition has a few KiB; look for data that was pasted into it.");
    }

    private static PipelineSpecException Refusal(SourcePosition position, string problem, string remedy) => new([new(position, problem, remedy)]);
}
