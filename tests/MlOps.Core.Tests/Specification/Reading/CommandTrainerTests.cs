using MlOps.Core.Specification;
using MlOps.Core.Specification.Reading;
using MlOps.Core.Training;

namespace MlOps.Core.Tests.Specification.Reading;

public sealed class CommandTrainerTests
{
    private const string Trainer = "trainer: command, command: [python3, train.py, --fast], parameters: { layers: 1..4, rate: log(0.001..0.1), optimizer: [adam, sgd], note: as it is }";

    [Fact]
    public void A_program_of_ones_own_is_read_with_its_parameters()
    {
        var trainer = Assert.Single(Read().Training.Trainers);
        Assert.Equal("command", trainer.Trainer);
        Assert.Equal(["python3", "train.py", "--fast"], trainer.Command);
        Assert.Equal(new IntRange(1, 4), trainer.Parameters["layers"]);
        Assert.Equal(new DoubleRange(0.001, 0.1, Log: true), trainer.Parameters["rate"]);
        Assert.Equal(["adam", "sgd"], Assert.IsType<Choice>(trainer.Parameters["optimizer"]).Values);
        Assert.Equal(new FixedValue("as it is"), trainer.Parameters["note"]);
    }

    [Fact]
    public void Its_trials_carry_the_command()
    {
        var plan = TrialPlan.Create(Read().Training);
        Assert.Equal(12, plan.Count);
        Assert.All(plan, t => Assert.Equal(["python3", "train.py", "--fast"], t.Command));
        Assert.All(plan, t => Assert.Equal(["layers", "note", "optimizer", "rate"], t.Parameters.Keys));
    }

    private static PipelineSpec Read() => PipelineSpecReader.Read(PipelineText.With("trainer: xgboost, max_depth: 4..8, rounds: 200", Trainer), "pipeline.yaml");
}
