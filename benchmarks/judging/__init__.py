"""The judge beside the threshold rules of Flagger and Argo Rollouts, on the same simulated traffic."""
