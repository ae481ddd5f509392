using System.Collections;
using System.Text.Json;

namespace MlOps.Serving.Prediction;

/// <summary>Rows that are parsed when somebody looks at them: nobody may.</summary>
/// <param name="count">Their number, where it is known already.</param>
/// <param name="parse">Parses them.</param>
internal sealed class LazyInstances(int? count, Func<IReadOnlyList<JsonElement>> parse) : IReadOnlyList<JsonElement>
{
    private readonly Lazy<IReadOnlyList<JsonElement>> rows = new(parse);

    public int Count => count ?? rows.Value.Count;

    public JsonElement this[int index] => rows.Value[index];

    public IEnumerator<JsonElement> GetEnumerator() => rows.Value.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
