using MlOps.Core.Features;
using MlOps.Core.Models;
using Microsoft.ML.OnnxRuntime;

namespace MlOps.Inference;

/// <summary>
/// A model ready to score. Safe to use from many threads at once, and safe to dispose while others score: running calls
/// finish, later ones get an <see cref="ObjectDisposedException"/>.
/// </summary>
public sealed class OnnxModel : IDisposable
{
    private readonly InferenceSession _session;
    private readonly string _name;
    private readonly RunOptions _runOptions = new();
    private readonly string[] _inputNames;
    private readonly string[] _outputNames = [ModelSignature.OutputName];

    // Calls under way, plus one until disposal: whoever takes it to 0 frees the session.
    private int _users = 1;
    private int _disposed;

    private OnnxModel(InferenceSession session, string name, ModelSignature signature)
    {
        (_session, _name, Signature) = (session, name, signature);
        _inputNames = [.. signature.Inputs.Select(i => i.Name)];
    }

    /// <summary>What the model takes and answers.</summary>
    public ModelSignature Signature { get; }

    /// <summary>Loads a model file and checks that it is what its signature says.</summary>
    /// <param name="path">An ONNX file; it need not be trusted.</param>
    /// <param name="signature">What it must take and answer.</param>
    /// <param name="options">How it runs; <see langword="null"/>: the defaults.</param>
    /// <exception cref="OnnxModelException">The file is missing, damaged, refers to other files, or is another model.</exception>
    public static OnnxModel Load(string path, ModelSignature signature, OnnxModelOptions? options = null)
    {
        try
        {
            return Load(File.ReadAllBytes(path), path, signature, options);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OnnxModelException(path, $"cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Loads a model from memory; see <see cref="Load(string, ModelSignature, OnnxModelOptions?)"/>.</summary>
    /// <param name="content">The bytes of an ONNX file.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="signature">What it must take and answer.</param>
    /// <param name="options">How it runs; <see langword="null"/>: the defaults.</param>
    /// <exception cref="OnnxModelException">The bytes are damaged, refer to files, or are another model.</exception>
    public static OnnxModel Load(byte[] content, string name, ModelSignature signature, OnnxModelOptions? options = null)
    {
        ModelFile.Check(content, name, signature);
        options ??= new();
        using var sessionOptions = new SessionOptions
        {
            IntraOpNumThreads = options.Threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        // Threads that wait for work must not burn the processor that others need.
        sessionOptions.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        try
        {
            return new(new InferenceSession(content, sessionOptions), name, signature);
        }
        catch (OnnxRuntimeException e)
        {
            throw new OnnxModelException(name, $"ONNX Runtime cannot load it: {e.Message}", e);
        }
    }

    /// <summary>Scores rows.</summary>
    /// <param name="batch">The model's inputs, in the order of the signature; at least one row.</param>
    /// <returns>Shape [rows, <see cref="ModelSignature.OutputWidth"/>] row by row.</returns>
    /// <exception cref="ArgumentException">The columns are not the model's inputs, or there is no row.</exception>
    public float[] Score(FeatureBatch batch)
    {
        var scores = new float[batch.Rows * Signature.OutputWidth];
        Score(batch, scores);
        return scores;
    }

    /// <summary>Scores rows into memory of the caller.</summary>
    /// <param name="batch">The model's inputs, in the order of the signature; at least one row.</param>
    /// <param name="scores">Shape [rows, <see cref="ModelSignature.OutputWidth"/>] row by row.</param>
    /// <exception cref="ArgumentException">The columns are not the model's inputs, there is no row, or the length is another.</exception>
    public void Score(FeatureBatch batch, Span<float> scores)
    {
        if (scores.Length != batch.Rows * Signature.OutputWidth)
            throw new ArgumentException($"{batch.Rows} rows give {batch.Rows * Signature.OutputWidth} scores, there is room for {scores.Length}.", nameof(scores));
        Enter();
        try
        {
            using var inputs = new InputTensors(batch, Signature);
            Run(inputs, scores);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Scores made-up rows once in each size that serving meets, so that the first request is as fast as the next.</summary>
    public void WarmUp()
    {
        foreach (var rows in (int[])[1, 64]) ScoreBlank(rows);
    }

    /// <summary>Scores made-up rows: zeros and missing values in turn, categories that no training has seen.</summary>
    /// <exception cref="OnnxModelException">The graph loads, but does not run.</exception>
    internal float[] ScoreBlank(int rows)
    {
        var columns = Signature.Inputs.Select(FeatureColumn (input) => input.Kind is FeatureKind.Number
            ? new NumberColumn(input.Name, Enumerable.Range(0, rows).Select(r => r % 2 == 0 ? 0 : float.NaN).ToArray())
            : new CategoryColumn(input.Name, Enumerable.Range(0, rows).Select(r => r % 2 == 0 ? "" : "?").ToArray()));
        try
        {
            return Score(new FeatureBatch(rows, [.. columns]));
        }
        catch (Exception e) when (e is OnnxRuntimeException or InvalidOperationException)
        {
            throw new OnnxModelException(_name, $"ONNX Runtime cannot run it: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0) Leave();
    }

    internal void Run(InputTensors inputs, Span<float> scores)
    {
        using var outputs = _session.Run(_runOptions, _inputNames, inputs.Values, _outputNames);
        var values = outputs[0].GetTensorDataAsSpan<float>();
        if (values.Length != scores.Length)
            throw new InvalidOperationException($"The model answered {values.Length} numbers where {scores.Length} were due.");
        values.CopyTo(scores);
    }

    internal void Enter()
    {
        int users;
        do
        {
            users = Volatile.Read(ref _users);
            ObjectDisposedException.ThrowIf(users == 0 || Volatile.Read(ref _disposed) == 1, this);
        }
        while (Interlocked.CompareExchange(ref _users, users + 1, users) != users);
    }

    internal void Leave()
    {
        if (Interlocked.Decrement(ref _users) > 0) return;
        _session.Dispose();
        _runOptions.Dispose();
    }
}

/// <summary>How a model runs.</summary>
public sealed record OnnxModelOptions
{
    /// <summary>
    /// Threads for one call, at least 1. Default: 1, the steadiest latency for single rows while many requests run side by side;
    /// take more for large batches.
    /// </summary>
    public int Threads { get; init; } = 1;
}
