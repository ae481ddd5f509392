using System.Globalization;
using System.Text;

namespace MlOps.EndToEnd.Tests;

/// <summary>A repository folder with small pipelines of a test's own.</summary>
internal sealed class Workflows : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("mlops-workflows-").FullName;

    public string PathOf(string pipeline) => Path.Combine(Root, "workflows", pipeline, "pipeline.yaml");

    /// <summary>Writes a pipeline's file; answers its path.</summary>
    public string Write(string pipeline, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(pipeline))!);
        File.WriteAllText(PathOf(pipeline), text);
        return PathOf(pipeline);
    }

    public string WriteShop(string name, string extra = "", string data = "") => Write(name, Shop(name, extra, data));

    /// <summary>A small binary problem on visits of a shop. Without 'approval' nobody is asked.</summary>
    /// <param name="name">Name of the pipeline.</param>
    /// <param name="extra">More keys at the top.</param>
    /// <param name="data">More keys of 'data'.</param>
    public static string Shop(string name, string extra = "", string data = "") => $$"""
        name: {{name}}
        description: Does this visit end with a purchase?
        owner: shop@example.com
        data:
          columns:
            age: { type: int, min: 0, max: 120 }
            city: { type: string }
            bought: { type: int, required: true, min: 0, max: 1 }
          {{data}}
        features:
          label: { name: bought, sql: "bought = 1" }
          inputs:
            age: {}
            city: { encode: onehot }
          split: { by: random, test: 0.25, validation: 0.2, seed: 1 }
        training:
          search: { trials: 1, parallel: 1, minimize: logLoss }
          trainers:
            - { trainer: xgboost, max_depth: 2, eta: 0.3, rounds: 5 }
        {{extra}}
        """;

    /// <summary>Visits: who is 40 or older buys, except for one in ten.</summary>
    /// <param name="rows">How many.</param>
    /// <param name="first">Number of the first: other numbers, other rows.</param>
    public static string Visits(int rows = 400, int first = 0)
    {
        string[] cities = ["Kraków", "Mdina", "東京"];
        var text = new StringBuilder("age,city,bought\n");
        for (var i = first; i < first + rows; i++)
        {
            var age = 18 + ((i * 37) % 60);
            var bought = (age >= 40) != (i % 10 == 0);
            text.Append(CultureInfo.InvariantCulture, $"{age},{cities[i % 3]},{(bought ? 1 : 0)}\n");
        }

        return text.ToString();
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
