using MlOps.Core.Features;
using MlOps.Core.Specification;
using MlOps.Core.Training;
using MlOps.Trainer.XGBoost;

namespace MlOps.Trainer.Tests.XGBoost;

/// <summary>What a pipeline may say of a booster is what the trainer takes of it: the specification's table and the trainer agree.</summary>
public class ParameterFormatTests
{
    private static readonly string[] s_boosters = [.. XGBoostFormat.All.Single(p => p.Name == XGBoostFormat.Booster).Words];

    public static TheoryData<string, string, bool> Pairs
    {
        get
        {
            var pairs = new TheoryData<string, string, bool>();
            foreach (var parameter in XGBoostFormat.All.Where(p => p.Name != XGBoostFormat.Booster))
                foreach (var booster in s_boosters) pairs.Add(booster, parameter.Name, parameter.Boosters.Count is 0 || parameter.Boosters.Contains(booster));
            return pairs;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void The_trainer_takes_exactly_the_parameters_that_the_format_gives_a_booster(string booster, string name, bool belongs)
    {
        var parameter = XGBoostFormat.All.Single(p => p.Name == name);
        // The least of its values: any that is valid will do.
        var value = parameter.Kind switch
        {
            TrainerParameterKind.Word => name is "objective" ? "reg:squarederror" : parameter.Words[0],
            _ => Math.Max(parameter.Min, 1).ToString(System.Globalization.CultureInfo.InvariantCulture),
        };
        void Create() => XGBoostParameters.Create(Trial(new() { [XGBoostFormat.Booster] = booster, [name] = value }), [0.5f]);
        if (belongs) Create();
        else Assert.Throws<TrainerInputException>(Create);
    }

    [Fact]
    public void Names_of_other_tools_mean_the_same_to_both()
    {
        foreach (var (other, ours) in XGBoostFormat.OtherNames)
            Assert.Throws<TrainerInputException>(() => XGBoostParameters.Create(Trial(new() { [other] = "1", [ours] = "1" }), [0.5f]));
    }

    private static TrialSpec Trial(Dictionary<string, string> parameters) => new()
    {
        RunId = "r",
        Trial = 1,
        Trainer = XGBoostFormat.Trainer,
        Parameters = parameters,
        Features = [new FeatureDefinition("x", "x", FeatureKind.Number)],
        Encoders = [],
        Label = new LabelDefinition("y", "y", LearningTask.Regression, []),
        Metric = "rmse",
        Maximize = false,
    };
}
