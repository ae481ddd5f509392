using System.Text.Json;
using MlOps.Core.Text;

namespace MlOps.Serving.OpenInference;

/// <summary>A tensor of a request.</summary>
/// <param name="Name">A column, or any name for a matrix of all columns.</param>
/// <param name="Shape">[n], [n, 1] or, of a matrix, [n, columns].</param>
/// <param name="Values">Its elements, row by row.</param>
internal sealed record InferTensor(string Name, IReadOnlyList<long> Shape, TensorValues Values)
{
    public int Rows => (int)Shape[0];

    public int Width => Shape.Count is 1 ? 1 : (int)Shape[1];
}

/// <summary>An inference request.</summary>
/// <param name="Id">As the caller gave it, or <see langword="null"/>.</param>
/// <param name="Inputs">The tensors; at least one.</param>
/// <param name="Outputs">The outputs that are asked for; <see langword="null"/>: all.</param>
/// <param name="BinaryByDefault">Whether outputs that do not say are sent in binary.</param>
/// <param name="Time">When what is asked about happens, as the caller gave it, or <see langword="null"/>.</param>
internal sealed record InferRequest(string? Id, IReadOnlyList<InferTensor> Inputs, IReadOnlyList<RequestedOutput>? Outputs, bool BinaryByDefault, JsonElement? Time)
{
    private const int MaxIdLength = 1024;

    /// <summary>The fields that a request may have.</summary>
    internal static readonly string[] Fields = ["inputs", "id", "parameters", "outputs"];

    /// <summary>Reads a request.</summary>
    /// <param name="body">The JSON, and behind it the binary data.</param>
    /// <param name="jsonLength">Length of the JSON; <see langword="null"/>: there is nothing else.</param>
    /// <exception cref="InferException">It does not keep the protocol.</exception>
    public static InferRequest Read(ReadOnlyMemory<byte> body, int? jsonLength)
    {
        if (jsonLength > body.Length) throw new InferException($"Inference-Header-Content-Length is {jsonLength}, the body has {body.Length} bytes.");
        var json = body[..(jsonLength ?? body.Length)];
        try
        {
            return new InferRequestReader(json, body[json.Length..]).Read();
        }
        catch (JsonException error)
        {
            throw new InferException($"the body is no JSON that can be read: {error.Message}");
        }
    }

    /// <exception cref="InferException">There is no such field.</exception>
    internal static void CheckField(string name)
    {
        if (!Fields.Contains(name, StringComparer.Ordinal)) throw new InferException($"'{name}' is no field of an inference request. {NearestName.Advice(name, Fields)}");
    }

    internal static string CheckId(string? id) =>
        id is { Length: <= MaxIdLength } ? id : throw new InferException($"'id' must be a text of at most {MaxIdLength} characters.");
}

/// <summary>An output that a caller asks for.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Binary">Whether it is sent in binary; <see langword="null"/>: as the request says for all.</param>
internal sealed record RequestedOutput(string Name, bool? Binary);
