using System.Runtime.InteropServices;
using MlOps.Core.Features;
using MlOps.Core.Models;
using Microsoft.ML.OnnxRuntime;

namespace MlOps.Inference;

/// <summary>A batch as ONNX Runtime takes it: one tensor of shape [n, 1] an input. Numbers are not copied, texts are.</summary>
internal sealed class InputTensors : IDisposable
{
    private readonly OrtValue[] _values;

    /// <exception cref="ArgumentException">The columns are not the model's inputs, or there is no row.</exception>
    public InputTensors(FeatureBatch batch, ModelSignature signature)
    {
        Check(batch, signature);
        _values = new OrtValue[batch.Columns.Count];
        long[] shape = [batch.Rows, 1];
        try
        {
            for (var c = 0; c < _values.Length; c++)
            {
                _values[c] = batch.Columns[c] switch
                {
                    NumberColumn numbers => OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, MemoryMarshal.AsMemory(numbers.Values), shape),
                    CategoryColumn categories => Texts(categories.Values.Span, shape),
                    var other => throw new ArgumentException($"Column '{other.Name}' is neither numbers nor texts.", nameof(batch)),
                };
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public IReadOnlyCollection<OrtValue> Values => _values;

    public void Dispose()
    {
        foreach (var value in _values) value?.Dispose();
    }

    private static OrtValue Texts(ReadOnlySpan<string> texts, long[] shape)
    {
        var tensor = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape);
        for (var i = 0; i < texts.Length; i++)
        {
            if (texts[i].Length > 0) tensor.StringTensorSetElementAt(texts[i].AsSpan(), i);
        }
        return tensor;
    }

    private static void Check(FeatureBatch batch, ModelSignature signature)
    {
        if (batch.Rows == 0) throw new ArgumentException("There is no row to score.", nameof(batch));
        if (batch.Columns.Count != signature.Inputs.Count)
            throw new ArgumentException($"The model takes {signature.Inputs.Count} features, the batch has {batch.Columns.Count}.", nameof(batch));
        for (var c = 0; c < batch.Columns.Count; c++)
        {
            var (column, input) = (batch.Columns[c], signature.Inputs[c]);
            if (column.Name != input.Name)
                throw new ArgumentException($"Feature {c + 1} of the batch is '{column.Name}', the model takes '{input.Name}' there.", nameof(batch));
            if (column is NumberColumn != input.Kind is FeatureKind.Number)
                throw new ArgumentException($"Feature '{column.Name}' is {(column is NumberColumn ? "a number" : "text")} in the batch, {(input.Kind is FeatureKind.Number ? "a number" : "text")} for the model.", nameof(batch));
        }
    }
}
