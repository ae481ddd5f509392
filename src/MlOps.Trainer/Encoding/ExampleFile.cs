using MlOps.Core.Features;
using MlOps.Core.Training;
using MlOps.Data.Native;

namespace MlOps.Trainer.Encoding;

/// <summary>Reads <c>train.parquet</c> and <c>validation.parquet</c>.</summary>
internal static class ExampleFile
{
    /// <summary>Reads the features and the label.</summary>
    /// <param name="path">A parquet file of the training contract.</param>
    /// <param name="spec">Which columns.</param>
    /// <param name="training">Whether it is the training part, where encodings fitted out of fold replace their categories.</param>
    /// <exception cref="TrainerInputException">The file is missing or damaged, or lacks a column, or a column has another type.</exception>
    public static Examples Read(string path, TrialSpec spec, bool training)
    {
        var trainColumns = spec.Encoders.Where(e => training && e.TrainColumn is not null).ToDictionary(e => e.Feature, e => e.TrainColumn!, StringComparer.Ordinal);
        var names = spec.Features.Select(f => trainColumns.GetValueOrDefault(f.Name, f.Name)).Append(TrialSpec.LabelColumn).ToArray();
        if (!File.Exists(path)) throw new TrainerInputException($"{path}: there is no such file. The data folder must hold {TrialFolder.Train} and {TrialFolder.Validation}.");
        FeatureBatch columns;
        try
        {
            columns = ParquetColumns.Read(path, names, new DuckDbOptions { Threads = spec.Threads }, CancellationToken.None);
        }
        catch (DuckDbException e)
        {
            throw new TrainerInputException($"{path}: {e.Message}", e);
        }
        if (columns.Columns[^1] is not NumberColumn label) throw new TrainerInputException($"{path}: column '{TrialSpec.LabelColumn}' is text; labels are numbers.");
        var features = spec.Features.Select((feature, i) => Named(columns.Columns[i], feature, trainColumns.ContainsKey(feature.Name), path));
        return new(new FeatureBatch(columns.Rows, [.. features]), label.Values.ToArray());
    }

    private static FeatureColumn Named(FeatureColumn column, FeatureDefinition feature, bool encoded, string path)
    {
        var number = encoded || feature.Kind is FeatureKind.Number;
        if (column is NumberColumn != number)
            throw new TrainerInputException($"{path}: column '{column.Name}' is {(number ? "text, where feature '" + feature.Name + "' needs a number" : "a number, where feature '" + feature.Name + "' needs text")}.");
        return column with { Name = feature.Name };
    }
}
