using System.Collections;
using System.Text.Json;

namespace MlOps.Serving.Prediction;

/// <summary>Rows that are parsed when somebody looks at them: nobody may.</summary>
internal sealed class LazyInstances(Func<IReadOnlyList<JsonElement>> parse) : IReadOnlyList<JsonElement>
{
    private readonly Lazy<IReadOnlyList<JsonElement>> rows = new(parse);

    public int Count => rows.Value.Count;

    public JsonElement this[int index] => rows.Value[index];

    public IEnumerator<JsonElement> GetEnumerator() => rows.Value.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
