export const teacher = {
};
