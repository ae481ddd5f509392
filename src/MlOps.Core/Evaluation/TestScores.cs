using System.Buffers.Binary;
using System.Runtime.InteropServices;
using MlOps.Core.Specification;

namespace MlOps.Core.Evaluation;

/// <summary>What a model answered for each row of a test part, and what was true: what a test of two models on the same rows needs.</summary>
public sealed record TestScores
{
    private const int HeaderBytes = 12;

    /// <summary>The kind of problem.</summary>
    public required LearningTask Task { get; init; }

    /// <summary>Columns of the model's output: the number of classes for multiclass, otherwise 1.</summary>
    public required int Width { get; init; }

    /// <summary>Shape [rows, width], row by row.</summary>
    public required ReadOnlyMemory<float> Predictions { get; init; }

    /// <summary>Shape [rows], as in <c>TrialSpec.LabelColumn</c>.</summary>
    public required ReadOnlyMemory<float> Labels { get; init; }

    /// <summary>Number of rows.</summary>
    public int Rows => Labels.Length;

    /// <summary>As a file: task, width and rows as 32-bit whole numbers, then predictions and labels as 32-bit floats, all little-endian.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[HeaderBytes + (Predictions.Length + Labels.Length) * sizeof(float)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, (int)Task);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), Width);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), Rows);
        var floats = bytes.AsSpan(HeaderBytes);
        MemoryMarshal.AsBytes(Predictions.Span).CopyTo(floats);
        MemoryMarshal.AsBytes(Labels.Span).CopyTo(floats[(Predictions.Length * sizeof(float))..]);
        return bytes;
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    /// <exception cref="ArgumentException">The bytes are no such file, or only part of one.</exception>
    public static TestScores FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderBytes) throw new ArgumentException($"Scores of a test part begin with {HeaderBytes} bytes; there are {bytes.Length}.", nameof(bytes));
        var (width, rows) = (BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]), BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]));
        if (width < 1 || rows < 0 || bytes.Length != HeaderBytes + ((long)rows * (width + 1) * sizeof(float)))
            throw new ArgumentException($"{bytes.Length} bytes are not the scores of {rows} rows with {width} columns.", nameof(bytes));
        var floats = MemoryMarshal.Cast<byte, float>(bytes[HeaderBytes..]).ToArray();
        return new()
        {
            Task = (LearningTask)BinaryPrimitives.ReadInt32LittleEndian(bytes),
            Width = width,
            Predictions = floats.AsMemory(0, rows * width),
            Labels = floats.AsMemory(rows * width),
        };
    }

    internal IResample Resample() => Task switch
    {
        LearningTask.Binary => new BinaryResample(Predictions.Span, Labels.Span),
        LearningTask.Multiclass => new MulticlassResample(Predictions.Span, Labels.Span, Width),
        _ => new RegressionResample(Predictions.Span, Labels.Span),
    };
}
