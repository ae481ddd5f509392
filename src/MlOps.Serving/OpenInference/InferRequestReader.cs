using System.Text;
using System.Text.Json;

namespace MlOps.Serving.OpenInference;

/// <summary>Reads one inference request.</summary>
internal sealed class InferRequestReader(ReadOnlyMemory<byte> json, ReadOnlyMemory<byte> binary)
{
    private const int MaxElements = 50_000_000;
    private static readonly string[] s_inputFields = ["name", "datatype", "shape", "data", "parameters"];
    private ReadOnlyMemory<byte> _left = binary;

    /// <exception cref="InferException">It does not keep the protocol.</exception>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public InferRequest Read()
    {
        var reader = new Utf8JsonReader(json.Span);
        if (!reader.Read() || reader.TokenType is not JsonTokenType.StartObject) throw new InferException("the body is no JSON object; send {\"inputs\":[…]}.");
        (string? Id, List<InferTensor>? Inputs, List<RequestedOutput>? Outputs, bool Binary, JsonElement? Time) request = default;
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var name = NameOf(ref reader, InferRequest.Fields);
            InferRequest.CheckField(name);
            reader.Read();
            if (reader.TokenType is JsonTokenType.Null) continue;
            switch (name)
            {
                case "id":
                    request.Id = InferRequest.CheckId(reader.TokenType is JsonTokenType.String ? reader.GetString() : null);
                    break;
                case "parameters":
                    var parameters = ReadParameters(ref reader, "parameters");
                    request.Binary = parameters.GetValueOrDefault("binary_data_output") is { ValueKind: JsonValueKind.True };
                    request.Time = parameters.TryGetValue("time", out var time) && time.ValueKind is not JsonValueKind.Null ? time : null;
                    break;
                case "inputs":
                    request.Inputs = ReadList(ref reader, name, ReadInput);
                    break;
                default:
                    request.Outputs = ReadList(ref reader, name, ReadOutput);
                    break;
            }
        }

        reader.Read();
        if (request.Inputs is not { Count: > 0 } inputs) throw new InferException("'inputs' is missing or empty.");
        if (!_left.IsEmpty) throw new InferException($"{_left.Length} bytes of binary data belong to no input.");
        RefuseTwins(inputs);
        return new(request.Id, inputs, request.Outputs, request.Binary, request.Time);
    }

    private static void RefuseTwins(List<InferTensor> inputs)
    {
        var names = new HashSet<string>(inputs.Count, StringComparer.Ordinal);
        foreach (var input in inputs)
        {
            if (!names.Add(input.Name)) throw new InferException($"input '{input.Name}' is given twice.");
        }
    }

    private delegate T ItemOf<out T>(ref Utf8JsonReader reader);

    private static List<T> ReadList<T>(ref Utf8JsonReader reader, string name, ItemOf<T> read)
    {
        if (reader.TokenType is not JsonTokenType.StartArray) throw new InferException($"'{name}' is no array.");
        var items = new List<T>();
        while (reader.Read() && reader.TokenType is not JsonTokenType.EndArray)
        {
            if (reader.TokenType is not JsonTokenType.StartObject) throw new InferException($"{name}[{items.Count}] is no object.");
            items.Add(read(ref reader));
        }

        return items;
    }

    private InferTensor ReadInput(ref Utf8JsonReader reader)
    {
        (string? Name, string? Datatype, List<long>? Shape, Range? Data, Dictionary<string, JsonElement>? Parameters) input = default;
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var field = NameOf(ref reader, s_inputFields);
            reader.Read();
            switch (field)
            {
                case "name" when reader.TokenType is JsonTokenType.String:
                    input.Name = reader.GetString();
                    break;
                case "datatype" when reader.TokenType is JsonTokenType.String:
                    input.Datatype = reader.GetString();
                    break;
                case "shape" when reader.TokenType is JsonTokenType.StartArray:
                    input.Shape = ReadShape(ref reader);
                    break;
                case "parameters":
                    input.Parameters = ReadParameters(ref reader, "parameters of an input");
                    break;
                case "data" when reader.TokenType is JsonTokenType.StartArray:
                    // Its datatype may stand behind it.
                    var start = (int)reader.TokenStartIndex;
                    reader.Skip();
                    input.Data = start..(int)reader.BytesConsumed;
                    break;
                default:
                    throw new InferException($"'{field}' of an input is unknown or of another type. An input has name, shape, datatype, parameters and data.");
            }
        }

        return TensorOf(input.Name, input.Datatype, input.Shape, input.Data, input.Parameters);
    }

    private InferTensor TensorOf(string? name, string? datatypeName, List<long>? shape, Range? data, Dictionary<string, JsonElement>? parameters)
    {
        if (name is null or "") throw new InferException("an input has no name.");
        var datatype = Datatype.Find(datatypeName ?? throw new InferException($"input '{name}' has no datatype."))
            ?? throw new InferException($"input '{name}': '{datatypeName}' is no datatype. Those there are: {string.Join(", ", Datatype.Names)}.");
        if (shape is not { Count: 1 or 2 }) throw new InferException($"input '{name}': its shape must have one or two dimensions, [rows] or [rows, columns].");
        var count = shape is [var rows, var columns] ? (double)rows * columns : shape[0];
        if (shape[0] < 1 || shape[^1] < 1 || count > MaxElements) throw new InferException($"input '{name}': a shape of [{string.Join(", ", shape)}] has no elements, or more than {MaxElements}.");
        return new(name, shape, ValuesOf(name, datatype, (int)count, data, parameters));
    }

    private TensorValues ValuesOf(string name, Datatype datatype, int count, Range? data, Dictionary<string, JsonElement>? parameters)
    {
        if (parameters?.GetValueOrDefault("binary_data_size") is not { ValueKind: not JsonValueKind.Undefined } size)
            return data is { } place ? JsonTensor.Read(name, datatype, count, json[place].Span) : throw new InferException($"input '{name}' has no data.");
        if (data is not null) throw new InferException($"input '{name}' has data both in JSON and in binary.");
        if (size.ValueKind is not JsonValueKind.Number || !size.TryGetInt32(out var length) || length < 0)
            throw new InferException($"input '{name}': binary_data_size must be a whole number of bytes.");
        if (length > _left.Length) throw new InferException($"input '{name}': binary_data_size is {length}, {_left.Length} bytes of binary data are left. Is Inference-Header-Content-Length set?");
        var bytes = _left[..length];
        _left = _left[length..];
        return BinaryTensor.Read(name, datatype, count, bytes);
    }

    private static RequestedOutput ReadOutput(ref Utf8JsonReader reader)
    {
        var output = JsonElement.ParseValue(ref reader);
        if (!output.TryGetProperty("name", out var name) || name.ValueKind is not JsonValueKind.String) throw new InferException("an output has no name.");
        return output.TryGetProperty("parameters", out var parameters) && parameters.ValueKind is JsonValueKind.Object && parameters.TryGetProperty("binary_data", out var binary)
            ? new(name.GetString()!, binary.ValueKind is JsonValueKind.True)
            : new(name.GetString()!, null);
    }

    private static List<long> ReadShape(ref Utf8JsonReader reader)
    {
        var shape = new List<long>();
        while (reader.Read() && reader.TokenType is not JsonTokenType.EndArray)
            shape.Add(reader.TokenType is JsonTokenType.Number && reader.TryGetInt64(out var length) ? length : throw new InferException("a shape is a list of whole numbers."));
        return shape;
    }

    private static Dictionary<string, JsonElement> ReadParameters(ref Utf8JsonReader reader, string what)
    {
        var value = JsonElement.ParseValue(ref reader);
        if (value.ValueKind is not JsonValueKind.Object) throw new InferException($"{what}: an object is expected.");
        var parameters = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var parameter in value.EnumerateObject()) parameters[parameter.Name] = parameter.Value;
        return parameters;
    }

    /// <summary>The property's name; of those that are known, without making a text.</summary>
    private static string NameOf(ref Utf8JsonReader reader, string[] known)
    {
        foreach (var name in known)
        {
            if (reader.ValueTextEquals(name)) return name;
        }

        return Encoding.UTF8.GetString(reader.ValueSpan[..Math.Min(80, reader.ValueSpan.Length)]);
    }
}
